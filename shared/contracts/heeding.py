"""What every service answers in the same words once it has acted on a changed consent."""

from typing import Annotated

from shared.contracts.envelope import Fact
from shared.contracts.fields import Id, Instant, Sealed, To


class Heeded(Fact):
    """How things stand for one purpose of a person after a service acted: numbers of things, whenever they came about.

    What is behind the seal of a programme is in none of them.
    """

    recalled: int = 0
    """News that was queued for a partner, and will never leave."""
    told_to_forget: int = 0
    """How often a partner was told that the sharing ended."""
    withdrawn: int = 0
    """Submissions that were withdrawn; their places are free."""
    delivered: int = 0
    """News that had reached a partner: it could not be recalled."""
    decided: int = 0
    """Submissions that a government had decided: they could not be withdrawn."""
    published: int = 0
    """Signed public figures that stay as they were signed."""


class Heeding(Fact):
    """The publisher acted on a changed consent. change_id: the event that told of it."""

    case_id: Id
    person_id: Id
    change_id: Id
    at: Instant
    stands: Annotated[Sealed[Heeded], To("intake")]
