"""What Redis keeps: slots, chats' memories, own texts, clients' requests. All of it can be lost."""
