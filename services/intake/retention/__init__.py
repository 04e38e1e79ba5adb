"""Retention: what is over is kept for a time that follows from how it ended, and then proposed for deletion."""
