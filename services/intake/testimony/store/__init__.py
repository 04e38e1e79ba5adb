"""The tables of testimony, and every query on them."""
