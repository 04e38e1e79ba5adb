"""The tables of partners and of the cases shared with them, and every query on them."""
