"""The tables of people and of what is known of each, and every query on them."""
