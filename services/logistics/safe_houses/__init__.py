"""Safe houses and stays: where people are safe tonight, and who has which bed."""
