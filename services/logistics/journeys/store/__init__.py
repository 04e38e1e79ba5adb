"""The tables of journeys, legs and splits."""
