"""What the services have in common and no service owns.

Rule: nothing here knows a service by name, except the contracts, which are the promises between them.
"""
