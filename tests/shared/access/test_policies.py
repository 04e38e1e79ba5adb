"""What the policies of a service let somebody do; the example below is invented."""

from pathlib import Path

import cedarpy
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.access import PUBLIC, Actor, Kind, Policies, Resource, system_actor

EXAMPLE = Path(__file__).with_name("example.cedar")
MIRA = "a1" * 16
CASE = "c1" * 16


@pytest.fixture
def policies() -> Policies:
    return Policies.load(EXAMPLE)


def mira(*roles: str, kind: Kind = "staff") -> Actor:
    return Actor(MIRA, kind, frozenset(roles))


def case(*, assigned: bool = True, recused: bool = False, interviewers: frozenset[str] = frozenset()) -> Resource:
    return Resource("Case", CASE, {"assigned": assigned, "recused": recused, "interviewers": interviewers})


def test_a_role_and_an_assignment_permit(policies: Policies) -> None:
    """A caseworker may change a case that she is assigned to."""
    assert policies.allows(mira("caseworker"), "change_case", case())


def test_what_no_policy_permits_is_denied(policies: Policies) -> None:
    """Neither another role, nor a missing assignment, nor an unknown action or type opens anything."""
    assert not policies.allows(mira("volunteer"), "change_case", case())
    assert not policies.allows(mira(), "change_case", case())
    assert not policies.allows(mira("caseworker"), "change_case", case(assigned=False))
    assert not policies.allows(mira("caseworker"), "sell_case", case())
    assert not policies.allows(mira("caseworker"), "change_case", Resource("House", CASE, {"assigned": True}))


def test_the_kind_of_actor_is_part_of_the_question(policies: Policies) -> None:
    """A partner or the public with a staff member's id and roles is no staff member."""
    assert not policies.allows(mira("caseworker", kind="partner"), "change_case", case())
    assert not policies.allows(PUBLIC, "see_case", case())
    assert policies.allows(system_actor("intake"), "see_case", case())


def test_a_prohibition_beats_every_permission(policies: Policies) -> None:
    """Who is recused sees nothing, assigned or not."""
    assert not policies.allows(mira("caseworker"), "see_case", case(recused=True))


def test_policies_can_compare_the_actor_with_the_resource(policies: Policies) -> None:
    """The decider of a verification is never the interviewer."""
    assert policies.allows(mira("coordinator"), "decide_verification", case(interviewers=frozenset({"b2" * 16})))
    assert not policies.allows(mira("coordinator"), "decide_verification", case(interviewers=frozenset({MIRA})))


def test_a_policy_that_fails_denies(policies: Policies) -> None:
    """When a prohibition cannot be evaluated the answer is no, although Cedar alone would skip it and allow."""
    unknown = Resource("Case", CASE, {"assigned": True})
    assert not policies.allows(mira("caseworker"), "see_case", unknown)


def test_a_resource_that_cedar_cannot_read_is_denied(policies: Policies) -> None:
    """A malformed type is a no, not an accident."""
    assert not policies.allows(system_actor("intake"), "see_case", Resource("not a type", CASE, {}))


def test_ids_cannot_break_out_of_their_place(policies: Policies) -> None:
    """An id with quotes and line ends is only an id."""
    odd = Resource("Case", 'x" || true //\n', {"assigned": False, "recused": False})
    assert not policies.allows(mira("caseworker"), "change_case", odd)


def test_every_action_named_in_the_file_is_known(policies: Policies) -> None:
    """The file can be asked which actions it speaks of, in scopes and in conditions."""
    assert policies.actions() == {"see_case", "change_case", "decide_verification", "erase_person"}


@pytest.mark.parametrize("text", ["permit (principal", "permit (principal == ?principal, action, resource);"])
def test_a_broken_policy_file_stops_the_start(text: str, tmp_path: Path) -> None:
    """A service never runs with half of its policies."""
    path = tmp_path / "broken.cedar"
    path.write_text(text)
    with pytest.raises(ValueError):  # noqa: PT011 - the words are Cedar's
        Policies.load(path)


@given(
    role=st.sampled_from(["caseworker", "coordinator", "volunteer"]),
    kind=st.sampled_from(["staff", "partner", "system", "public"]),
    action=st.sampled_from(["see_case", "change_case", "decide_verification", "erase_person", "other"]),
    assigned=st.booleans(),
    recused=st.booleans(),
)
def test_policies_kept_apart_by_action_answer_like_the_whole_file(
    role: str, kind: Kind, action: str, assigned: bool, recused: bool
) -> None:
    """Keeping the policies apart by action is only faster: the answers are those of the whole file."""
    actor, resource = mira(role, kind=kind), case(assigned=assigned, recused=recused)
    attributes = {"assigned": assigned, "recused": recused, "interviewers": []}
    who, what = {"type": kind.capitalize(), "id": MIRA}, {"type": "Case", "id": CASE}
    whole = cedarpy.is_authorized(
        {"principal": who, "action": {"type": "Action", "id": action}, "resource": what},
        EXAMPLE.read_text(),
        [
            {"uid": who, "attrs": {"id": MIRA, "roles": [role]}, "parents": []},
            {"uid": what, "attrs": attributes, "parents": []},
        ],
    )
    assert Policies.load(EXAMPLE).allows(actor, action, resource) is whole.allowed
