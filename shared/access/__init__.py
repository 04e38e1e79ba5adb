"""Who is asking, what they may do, which cases they may see, and acts that need a second person.

Rule: access is decided here and in the policy files, never in a route; who is not known or not entered is refused.
"""

from shared.access.actor import PUBLIC, Actor, Kind, system_actor
from shared.access.approval_rows import Approval, approval_of
from shared.access.approvals import consume, decide, expire_due, propose
from shared.access.cases import case_resource
from shared.access.grants import Executes, Relation, entries_of, relation_of, replace_entries, visible_cases
from shared.access.policies import Policies, Resource
from shared.access.tokens import TokenVerifier

__all__ = [
    "PUBLIC",
    "Actor",
    "Approval",
    "Executes",
    "Kind",
    "Policies",
    "Relation",
    "Resource",
    "TokenVerifier",
    "approval_of",
    "case_resource",
    "consume",
    "decide",
    "entries_of",
    "expire_due",
    "propose",
    "relation_of",
    "replace_entries",
    "system_actor",
    "visible_cases",
]
