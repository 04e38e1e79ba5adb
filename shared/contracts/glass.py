"""What every service tells in the same words when somebody breaks the glass of a case there."""

from shared.contracts.envelope import Fact
from shared.contracts.fields import Id, Instant


class Breaking(Fact):
    """`actor_id` sees the case in the publisher's service until `until`. Why stays in that service."""

    breaking_id: Id
    case_id: Id
    actor_id: Id
    at: Instant
    until: Instant
