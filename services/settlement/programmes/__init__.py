"""Programmes: the ways into a country, their quota, what goes to governments, and what the public may count."""
