"""What can be done with houses and with beds."""
