"""The HTTP client, and the sockets that processes listen on."""
