"""What the public front door knows without asking anybody: receipts and their words, letters, and patience."""
