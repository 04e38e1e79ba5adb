"""The rules of travel: journeys, check-ins, splits."""
