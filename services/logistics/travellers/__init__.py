"""Travellers: what logistics knows of the people of a case, as intake told it."""
