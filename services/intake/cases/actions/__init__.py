"""What can be done with cases and their journeys."""
