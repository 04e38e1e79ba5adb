"""The veil: who may look at the later journey of a person, as settlement tells it.

Rule: a veil names no programme; whoever it does not name sees the person as they were before it. What somebody who may
look behind it does about the person's travel is behind it too; what anybody else does is not.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime

LIST = 64
"""How many ids a list has that is told: fewer are filled up with ids that nobody has."""


@dataclass(frozen=True)
class Veil:
    """since: from when on the person's journey has been veiled; of somebody who is not veiled it says nothing."""

    veiled: bool
    may_look: frozenset[str]
    since: datetime

    def hides_from(self, actor_id: str) -> bool:
        return self.veiled and actor_id not in self.may_look

    def covers(self, actor_id: str | None, at: datetime) -> bool:
        """Whether what this actor did at this instant is behind the veil: they could look behind it by then."""
        return self.veiled and actor_id in self.may_look and at >= self.since


SHUT = Veil(True, frozenset(), datetime.min.replace(tzinfo=UTC))
"""What is behind it nobody sees."""


def behind(veils: Collection[Veil], actor_id: str, by: str | None, at: datetime) -> bool:
    """Whether what `by` did at an instant is behind one of these veils, and the actor may not look."""
    return any(veil.hides_from(actor_id) and (veil == SHUT or veil.covers(by, at)) for veil in veils)
