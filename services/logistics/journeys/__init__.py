"""Journeys: the travel of a group, leg by leg, with check-ins, from the recorded plan to the confirmed arrival."""
