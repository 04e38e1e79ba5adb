"""Logistics: shelter, papers and travel."""
