"""The HTTP doors of houses and of stays."""
