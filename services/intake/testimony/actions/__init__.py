"""What can be done with testimony."""
