"""The tables of houses and stays."""
