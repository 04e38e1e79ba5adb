"""The commands of the program `lodestar`, one module for each family.

Rule: what goes wrong is one line that says what and one that says what to do next, and a non-zero exit.
"""
