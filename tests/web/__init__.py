"""What is the same at the HTTP door of every service."""
