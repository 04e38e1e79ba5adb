"""From a committed change to the other services' committed changes: outbox, relay, consumer, inbox.

Rule: nothing lost, nothing twice. The outbox, not the stream, is the source of truth; the inbox makes every
redelivery harmless; a message is acknowledged only after what it caused is committed.
"""
