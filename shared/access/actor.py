"""Who acts: a person of the staff, a service, a partner, a channel, the system itself, or the public.

Rule: everything that happens has exactly one actor with a stable random-looking id; nobody acts nameless, and the
public, who must leave no trace, shares one id.
"""

import functools
import uuid
from dataclasses import dataclass
from typing import Literal

Kind = Literal["staff", "service", "partner", "channel", "system", "public"]


@dataclass(frozen=True)
class Actor:
    """id: 32 hex digits. roles: what the organisation lets them do, in the words of the policy files."""

    id: str
    kind: Kind
    roles: frozenset[str] = frozenset()


def _fixed_id(name: str) -> str:
    return uuid.uuid5(uuid.NAMESPACE_URL, f"lodestar:{name}").hex


PUBLIC = Actor(_fixed_id("public"), "public")
"""Anybody at the front door."""


@functools.cache
def system_actor(service: str) -> Actor:
    """The service acting by itself: timers, reconciliation, events of others. The same id on every machine."""
    return Actor(_fixed_id(f"system:{service}"), "system")
