"""A case as the policies see it.

Rule: every service asks its policies about a case in the same words: assigned, recused, glass_broken, and what it
adds itself.
"""

from datetime import datetime
from typing import Protocol

from shared.access.actor import Actor
from shared.access.grants import Executes, relation_of
from shared.access.policies import Attribute, Resource


class Asks(Executes, Protocol):
    """Part of an open transaction that has its instant of domain time: a `Work`."""

    now: datetime


async def case_resource(work: Asks, actor: Actor, case_id: str, **attributes: Attribute) -> Resource:
    """The resource `Case::<id>` with how the actor stands to it."""
    return Resource("Case", case_id, {**await standing(work, actor, case_id), **attributes})


async def standing(work: Asks, actor: Actor, case_id: str) -> dict[str, Attribute]:
    """How the actor stands to a case, in the words of the policies; for what belongs to one."""
    return {**vars(await relation_of(work, case_id, actor.id, work.now))}
