"""Erasing a person in one service: how it begins, its steps, and what they do to the tables that every service has.

Rule: a step may be repeated at any time, after any crash, and then changes nothing; what a service itself keeps about
people it takes out in its own `forget`.
"""
