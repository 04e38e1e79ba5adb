"""Everything on one machine: state folder, keys, nats-server, the movable clock, one process per service.

Rule: for trying, developing and testing only. What is made here (keys, issuer, clock) is refused in production.
"""
