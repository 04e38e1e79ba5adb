"""The HTTP doors of journeys, check-ins and splits."""
