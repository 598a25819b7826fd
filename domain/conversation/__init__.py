"""What owners write and read, and what their chats were last told."""
