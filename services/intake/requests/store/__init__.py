"""The tables of requests and every query on them."""
