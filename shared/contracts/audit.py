"""What every service tells of its audit log, so that the others can bear witness to it."""

from shared.contracts.envelope import Fact


class AuditHead(Fact):
    """The end of a chain: how many links it has, and the SHA-256 of the last, 64 hex digits."""

    number: int
    hash: str
