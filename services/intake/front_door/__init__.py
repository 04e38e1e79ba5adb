"""The public front door: whoever needs help asks here, and comes back with a receipt that only they know.

It is a program of its own with a database of its own, holds only public keys, has no place on the bus, and imports
nothing else of intake: `python -m services.intake.front_door serve`.
"""
