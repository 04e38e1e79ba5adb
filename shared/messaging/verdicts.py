"""A message as it comes from a stream, and what becomes of it.

Rule: every message gets a verdict after the commit, and none is acknowledged without one.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Incoming:
    """A message as it came from a stream; `deliveries` counts this one."""

    subject: str
    body: bytes
    deliveries: int


@dataclass(frozen=True, slots=True)
class Retry:
    """Not now: give it back to the stream for `after_s` seconds."""

    after_s: float


Verdict = Retry | None
"""What becomes of a message after the commit: `None` acknowledges it."""


class Parking(Exception):  # noqa: N818 - a decision, not a fault
    """This event cannot be handled, and trying again would not help."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
