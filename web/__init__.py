"""What a browser talks to: the chat page, the source page, health checks."""
