"""The rules of settlement without any service around them."""

from datetime import UTC, date, datetime

import pytest

from services.settlement.newcomers.model import Facts, Newcomer, Terms, check_members
from services.settlement.plans.model import Content, Need, NeedState, Plan, check_closable
from services.settlement.programmes.model.disclosure import Counted, check_proposal, preview
from services.settlement.programmes.model.programmes import Quota
from services.settlement.programmes.model.submissions import Shown, check_decision, check_withdrawal, shown
from services.settlement.reception.model import Reception, check_handover
from shared.errors import Refusal

DAY = date(2017, 6, 1)


def refused(code: str) -> pytest.RaisesExc[Refusal]:
    return pytest.raises(Refusal, match=f".*:{code}$")


def test_held_and_used_places_never_exceed_the_quota() -> None:
    """A place is given only while one is free, and a quota never shrinks below what was given."""
    quota = Quota(3).hold(2).use(1)
    assert (quota, quota.free) == (Quota(3, 1, 1), 1)
    with refused("no_place"):
        quota.hold(2)
    with refused("places_taken"):
        quota.resized(1)
    assert quota.release(1).resized(1) == Quota(1, 0, 1)


def test_a_consent_ends_when_it_is_withdrawn_and_on_the_day_it_expires() -> None:
    """The day of expiry is the first without consent."""
    assert Terms(True, None).live_on(DAY)
    assert Terms(True, date(2017, 6, 2)).live_on(DAY)
    assert not Terms(True, DAY).live_on(DAY)
    assert not Terms(False, None).live_on(DAY)


def test_only_people_of_the_case_are_put_forward_each_once() -> None:
    """Nobody of another case, nobody unknown, nobody twice, and not nobody."""
    here = Newcomer("a", "case", Facts(True, DAY, "RU"), {})
    there = Newcomer("b", "other", Facts(True, DAY, "RU"), {})
    check_members([here], "case", ("a",))
    for group, named, code in (
        ([here, there], ("a", "b"), "not_of_this_case"),
        ([here], ("a", "c"), "not_of_this_case"),
        ([here], ("a", "a"), "people_malformed"),
        ([], (), "people_malformed"),
    ):
        with refused(code):
            check_members(group, "case", named)


@pytest.mark.parametrize("state", ["waitlisted", "accepted", "refused", "withdrawn"])
def test_only_what_lies_with_a_government_is_decided(state: str) -> None:
    """Neither what waits for a place nor what was decided before."""
    with refused("wrong_state"):
        check_decision(state, "refused", None)  # type: ignore[arg-type]


def test_an_acceptance_and_nothing_else_has_a_date_of_entry() -> None:
    """Without the date nobody could be cleared; with one a refusal would contradict itself."""
    check_decision("submitted", "accepted", DAY)
    check_decision("more_information", "accepted", DAY)
    with refused("from_date_malformed"):
        check_decision("submitted", "accepted", None)
    with refused("from_date_malformed"):
        check_decision("submitted", "refused", DAY)


def test_what_was_decided_is_not_withdrawn() -> None:
    """The government knows already."""
    check_withdrawal("waitlisted")
    check_withdrawal("more_information")
    for state in ("accepted", "refused", "withdrawn"):
        with refused("wrong_state"):
            check_withdrawal(state)


def arrived(**more: object) -> Reception:
    values = {"escort_by": None, "reception_by": None, "confirmed_at": None, "version": 2, **more}
    at = datetime(2017, 6, 1, tzinfo=UTC)
    return Reception("r", "case", "journey", "expected", ("a", "b"), "CA", at, **values)  # type: ignore[arg-type]


def test_each_side_confirms_once_by_somebody_else_and_counts_the_manifest() -> None:
    """Two people, two sides, two heads."""
    check_handover(arrived(), "escort", "me", 2)
    check_handover(arrived(escort_by="me"), "reception", "you", 2)
    with refused("same_person"):
        check_handover(arrived(escort_by="me"), "reception", "me", 2)
    with refused("already_confirmed"):
        check_handover(arrived(escort_by="me"), "escort", "you", 2)
    with refused("head_count_differs"):
        check_handover(arrived(), "escort", "me", 1)


def plan(*states: NeedState) -> Plan:
    needs = tuple(Need(str(i), "plan", state, Content("language", ""), 1) for i, state in enumerate(states))
    return Plan("plan", "case", "person", "open", needs, 1)


def test_a_plan_closes_only_when_nothing_is_left_open() -> None:
    """Met or not met, but known."""
    check_closable(plan("met", "not_met"))
    with refused("needs_open"):
        check_closable(plan("met", "referred"))


HELPED, SETTLED = Counted("helped_to_escape", True), Counted("settled_in_canada", True)


def test_a_preview_lists_every_number_that_follows_by_subtraction() -> None:
    """35 helped, 31 of them through the programme and settled: the 4 others are what the public can work out."""
    people = [HELPED] * 31 + [SETTLED] * 31 + [Counted("helped_to_escape", False)] * 4
    view = preview(["settled_in_canada", "helped_to_escape"], people, {}, DAY, "minutes")
    assert [(one.figure, one.value, one.published_before) for one in view.figures] == [
        ("helped_to_escape", 35, 4),
        ("settled_in_canada", 31, 0),
    ]
    assert [(one.cell, one.value, one.small) for one in view.derivable] == [
        ("helped_to_escape through the programme", 31, False),
        ("helped_to_escape outside the programme", 4, True),
        ("settled_in_canada through the programme", 31, False),
        ("settled_in_canada outside the programme", 0, True),
        ("helped_to_escape but not settled_in_canada", 4, True),
        ("helped_to_escape but not settled_in_canada through the programme", 0, True),
        ("helped_to_escape but not settled_in_canada outside the programme", 4, True),
    ]


def test_a_second_disclosure_shows_what_came_since_the_first() -> None:
    """What was said before and what is said now differ by a number that everybody can work out."""
    view = preview(
        ["helped_to_escape"], [HELPED] * 33, {"helped_to_escape": 31, "settled_in_canada": 30}, DAY, "minutes"
    )
    assert ("helped_to_escape since the last disclosure", 2) in [(one.cell, one.value) for one in view.derivable]
    assert ("helped_to_escape but not settled_in_canada", 3) in [(one.cell, one.value) for one in view.derivable]


def test_one_figure_alone_stands_beside_the_public_count_of_the_other() -> None:
    """6 helped are signed, 2 are publicly counted as settled: that 4 are not follows."""
    people = [HELPED] * 4 + [Counted("helped_to_escape", False)] * 2 + [Counted("settled_in_canada", False)] * 2
    view = preview(["helped_to_escape"], people, {}, DAY, "minutes")
    assert [(one.figure, one.value) for one in view.figures] == [("helped_to_escape", 6)]
    assert [(one.cell, one.value, one.small) for one in view.derivable] == [
        ("helped_to_escape through the programme", 4, True),
        ("helped_to_escape outside the programme", 2, True),
        ("helped_to_escape but not settled_in_canada", 4, True),
    ]


@pytest.mark.parametrize(
    ("standing", "told", "expected"),
    [
        ((), "refused", "refused"),
        ((), "withdrawn", "withdrawn"),
        (("pathway_open",), "refused", "pathway_open"),
        (("pathway_open", "submitted"), "pathway_open", "submitted"),
        (("submitted", "accepted"), "submitted", "accepted"),
    ],
)
def test_a_person_has_come_as_far_as_the_farthest_way_that_stands(
    standing: tuple[Shown, ...], told: Shown, expected: Shown
) -> None:
    """How one way ended is told only when no other stands."""
    assert shown(standing, told) == expected


def test_nothing_is_disclosed_of_an_open_programme_or_of_a_day_to_come() -> None:
    """There is nothing to disclose, or nothing to know."""
    with refused("not_sealed"):
        check_proposal(["helped_to_escape"], DAY, DAY, programme_open=True)
    with refused("as_of_in_future"):
        check_proposal(["helped_to_escape"], date(2017, 6, 2), DAY, programme_open=False)
    with refused("figures_malformed"):
        check_proposal(["helped_to_escape", "helped_to_escape"], DAY, DAY, programme_open=False)
