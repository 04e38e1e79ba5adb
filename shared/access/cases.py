"""A case as the policies see it.

Rule: every service asks its policies about a case in the same words: assigned, recused, and what it adds itself.
"""

from shared.access.actor import Actor
from shared.access.grants import Executes, relation_of
from shared.access.policies import Attribute, Resource


async def case_resource(ex: Executes, actor: Actor, case_id: str, **attributes: Attribute) -> Resource:
    """The resource `Case::<id>` with how the actor stands to it."""
    relation = await relation_of(ex, case_id, actor.id)
    return Resource("Case", case_id, {"assigned": relation.assigned, "recused": relation.recused, **attributes})
