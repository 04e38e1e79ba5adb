"""The tests of Lodestar: one folder per service and for what they share."""
