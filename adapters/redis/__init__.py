"""What Redis keeps: slots, chats' memories, sent texts, clients' requests. It can all be lost."""
