"""Who may see what, in every service alike."""
