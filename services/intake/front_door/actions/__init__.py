"""What is done at the front door: by whoever visits, in its own process; and by intake, which carries letters."""
