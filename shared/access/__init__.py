"""Who is asking, what they may do, which cases they may see, and acts that need a second person.

Rule: access is decided here and in the policy files, never in a route; who is not known or not entered is refused.
"""

from shared.access.actor import PUBLIC, Actor, Kind, system_actor
from shared.access.approval_rows import Approval, Progress, approval_of, progress_of, waiting_for
from shared.access.approvals import consume, decide, expire, propose, replace_open, replace_open_of_case
from shared.access.cases import case_resource, standing
from shared.access.grants import (
    Executes,
    Relation,
    assigned_cases,
    entries_of,
    is_assigned,
    is_known,
    opened_cases,
    recused_cases,
    relation_of,
    replace_entries,
    staff_with,
    visible_cases,
    with_more_than,
)
from shared.access.policies import Policies, Resource
from shared.access.revocations import Revocations
from shared.access.tokens import TokenVerifier

__all__ = [
    "PUBLIC",
    "Actor",
    "Approval",
    "Executes",
    "Kind",
    "Policies",
    "Progress",
    "Relation",
    "Resource",
    "Revocations",
    "TokenVerifier",
    "approval_of",
    "assigned_cases",
    "case_resource",
    "consume",
    "decide",
    "entries_of",
    "expire",
    "is_assigned",
    "is_known",
    "opened_cases",
    "progress_of",
    "propose",
    "recused_cases",
    "relation_of",
    "replace_entries",
    "replace_open",
    "replace_open_of_case",
    "staff_with",
    "standing",
    "system_actor",
    "visible_cases",
    "waiting_for",
    "with_more_than",
]
