"""The rules of houses and of the beds in them."""
