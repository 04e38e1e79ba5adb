"""Asks a service's policy file, written in Cedar, whether somebody may do something.

Rule: what no policy permits is denied, and so is every question that a policy could not answer. Cedar itself skips a
policy that fails, also one that forbids; here a failure denies, so a resource carries every attribute that a policy
of its type reads.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import cedarpy
import orjson
import structlog
from cedarpy import pst

from shared.access.actor import Actor

Attribute = bool | str | int | frozenset[str]


@dataclass(frozen=True)
class Resource:
    """What the actor wants to act on. type: the word in the policies, as in `resource is Case`."""

    type: str
    id: str
    attributes: Mapping[str, Attribute]


class Policies:
    """The policies of one service, parsed once and kept apart by action: Cedar's time grows with their number."""

    def __init__(self, text: str) -> None:
        tree = cedarpy.PolicySet.from_str(text).to_pst()
        if tree.templates:
            raise ValueError("a policy file has no templates: nothing here would link them")
        self._actions = frozenset(uid.id for uid in pst.entity_uids(tree) if str(uid.type) == "Action")
        every = tree.static_policies
        self._by_action = {action: _about(every, action) for action in self._actions}
        self._of_any_action = _about(every, None)

    @classmethod
    def load(cls, path: Path) -> "Policies":
        """Errors: OSError, ValueError when it is not Cedar."""
        return cls(path.read_text(encoding="utf-8"))

    def actions(self) -> frozenset[str]:
        """Every action that the file names."""
        return self._actions

    def allows(self, actor: Actor, action: str, resource: Resource) -> bool:
        """Whether a policy permits it, none forbids it, and none failed on the question."""
        who = {"type": actor.kind.capitalize(), "id": actor.id}
        what = {"type": resource.type, "id": resource.id}
        entities = [_entity(who, {"id": actor.id, "roles": actor.roles}), _entity(what, resource.attributes)]
        answer = cedarpy.is_authorized(
            {"principal": who, "action": {"type": "Action", "id": action}, "resource": what},
            self._by_action.get(action, self._of_any_action),
            orjson.dumps(entities, default=_as_list).decode(),
        )
        if answer.diagnostics.errors:
            # The message would name the resource; whoever repairs the policy needs only its type.
            structlog.get_logger(__name__).error("policy_failed", action=action, resource_type=resource.type)
            return False
        return answer.allowed


def _about(policies: Mapping[str, pst.Template], action: str | None) -> cedarpy.PolicySet:
    """Those that can apply to this action; with None, those that apply to any."""
    chosen = {name: policy for name, policy in policies.items() if _covers(policy.action, action)}
    return cedarpy.PolicySet.from_pst(pst.PolicySet({}, chosen, ()))


def _covers(scope: pst.ActionConstraint, action: str | None) -> bool:
    match scope:
        case pst.ActionEq(entity):
            return entity.id == action
        case pst.ActionIn(entities):
            return any(entity.id == action for entity in entities)
        case _:
            return True


def _entity(uid: dict[str, str], attributes: Mapping[str, Attribute]) -> dict[str, object]:
    return {"uid": uid, "attrs": dict(attributes), "parents": []}


def _as_list(value: object) -> list[str]:
    if isinstance(value, Iterable):
        return sorted(value)
    raise TypeError(f"no attribute of a resource: {type(value).__name__}")
