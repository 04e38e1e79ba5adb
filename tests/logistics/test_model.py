"""The rules of logistics, by themselves."""

from datetime import date, timedelta

import pytest

from services.logistics.documents.model import Document, covers
from services.logistics.journeys.model import check_ins, journeys, splits
from services.logistics.journeys.model.journeys import Route
from services.logistics.safe_houses.model import houses, stays
from services.logistics.safe_houses.model.houses import House, HouseState
from services.logistics.safe_houses.model.stays import Occupancy
from services.logistics.travellers.model import Consent, is_minor, live_purposes
from shared.errors import Refusal
from tests.logistics.scene import at

A, B, CHILD = "a" * 32, "b" * 32, "c" * 32


def house(state: HouseState = "active", beds: int = 2, max_cases: int = 1) -> House:
    return House("h" * 32, "Lantern", "north", beds, max_cases, None, state, 1)


ALLOWED = {
    ("prospect", "vetted"),
    ("prospect", "retired"),
    ("vetted", "active"),
    ("vetted", "retired"),
    ("active", "paused"),
    ("active", "compromised"),
    ("paused", "active"),
    ("paused", "compromised"),
    ("paused", "retired"),
    ("compromised", "evacuated"),
    ("evacuated", "retired"),
}


@pytest.mark.parametrize("here", list(houses.NEXT))
@pytest.mark.parametrize("to", list(houses.NEXT))
def test_a_house_goes_only_where_it_may(here: HouseState, to: HouseState) -> None:
    """A house is vetted before it is active, and one that was compromised never becomes active again."""
    if (here, to) in ALLOWED:
        houses.check_move(house(here), to, 0)
        return
    with pytest.raises(Refusal, match="wrong_state"):
        houses.check_move(house(here), to, 0)


def test_a_house_is_evacuated_only_when_nobody_is_in_it() -> None:
    """A house with people in it is neither evacuated nor retired."""
    for here, to in (("compromised", "evacuated"), ("paused", "retired")):
        with pytest.raises(Refusal, match="house_occupied"):
            houses.check_move(house(here), to, 1)  # type: ignore[arg-type]


def test_beds_are_never_more_than_the_house_has() -> None:
    """The last bed can be taken, one more cannot."""
    stays.check_room(house(beds=2), Occupancy(1, frozenset({A})), A, 1)
    with pytest.raises(Refusal, match="house_full"):
        stays.check_room(house(beds=2), Occupancy(1, frozenset({A})), A, 2)


def test_a_house_is_shared_only_as_agreed() -> None:
    """A house that is never shared takes no second case, however many beds are free."""
    stays.check_room(house(beds=9, max_cases=2), Occupancy(1, frozenset({A})), B, 1)
    with pytest.raises(Refusal, match="house_not_shared"):
        stays.check_room(house(beds=9, max_cases=1), Occupancy(1, frozenset({A})), B, 1)


def test_a_hold_lasts_at_most_two_weeks() -> None:
    """A hold ends in the future, and no later than 14 days from now."""
    stays.check_expiry(at(12) + timedelta(days=14), at(12))
    for expiry in (at(12), at(12) + timedelta(days=14, seconds=1)):
        with pytest.raises(Refusal, match="expiry_out_of_range"):
            stays.check_expiry(expiry, at(12))


def test_an_internal_passport_crosses_no_border() -> None:
    """Only a passport or a travel letter that is valid on the day lets somebody travel."""
    until = date(2017, 4, 3)
    assert covers([Document(A, "travel_letter", "CA", "1", until)], until)
    assert not covers([Document(A, "passport", "RU", "1", until)], date(2017, 4, 4))
    assert not covers([Document(A, "internal_passport", "RU", "1", date(2030, 1, 1))], until)


def test_whoever_turns_18_today_is_no_minor() -> None:
    """Somebody is a minor until the day before their 18th birthday."""
    assert is_minor(date(2000, 4, 4), date(2018, 4, 3))
    assert not is_minor(date(2000, 4, 4), date(2018, 4, 4))
    assert is_minor(date(2000, 2, 29), date(2018, 2, 28))


def test_a_withdrawn_or_expired_consent_is_none() -> None:
    """Only what is live and not over counts as consented to."""
    today = date(2017, 4, 3)
    said = [
        Consent("share_for_protection", True, None),
        Consent("share_with_government", True, today),
        Consent("share_with_partner", False, None),
        Consent("public_statistics", True, date(2017, 4, 4)),
    ]
    assert live_purposes(said, today) == ("public_statistics", "share_for_protection")


def test_a_group_travels_whole_or_as_a_split_says() -> None:
    """A part of a group travels only when a recorded split names it or the rest."""
    everybody = {A, B, CHILD}
    journeys.check_whole(everybody, everybody, [])
    journeys.check_whole({A}, everybody, [{A}])
    journeys.check_whole({B, CHILD}, everybody, [{A}])
    journeys.check_whole({"d" * 32, CHILD}, {*everybody, "d" * 32}, [{A}, {B}])
    for manifest, apart in (({A}, []), ({A, B}, [{A}]), ({B}, [{A}])):
        with pytest.raises(Refusal, match="group_not_whole"):
            journeys.check_whole(manifest, everybody, apart)


def test_a_minor_is_never_separated() -> None:
    """No split sends a minor apart, or leaves minors without an adult."""
    everybody = {A, B, CHILD}
    splits.check_split({A}, everybody, {CHILD})
    for apart in ({CHILD}, {A, CHILD}, {A, B}):
        with pytest.raises(Refusal, match="minor_not_separated"):
            splits.check_split(apart, everybody, {CHILD})
    with pytest.raises(Refusal, match="nobody_remains"):
        splits.check_split(everybody, everybody, set())


def test_legs_follow_each_other() -> None:
    """Each leg begins where and after the one before, and ends after it begins."""
    first = Route("GRV", "SVO", at(13), at(16))
    journeys.check_routes([first, Route("SVO", "YYZ", at(18), at(23))])
    wrong = {
        "legs_do_not_meet": [first, Route("LED", "YYZ", at(18), at(23))],
        "legs_out_of_order": [first, Route("SVO", "YYZ", at(12), at(23))],
        "expected_before_departure": [Route("GRV", "SVO", at(13), at(13))],
    }
    for code, routes in wrong.items():
        with pytest.raises(Refusal, match=code):
            journeys.check_routes(routes)


def test_the_head_count_equals_the_manifest() -> None:
    """One too few, one too many, and one counted twice are all refused."""
    journeys.check_head_count([A, B], [B, A])
    for counted in ([A], [A, B, CHILD], [A, A], [A, B, B]):
        with pytest.raises(Refusal, match="head_count_differs"):
            journeys.check_head_count([A, B], counted)


def test_the_ladder_is_counted_from_the_expected_hour() -> None:
    """Steps are due 0, 15, 30 and 60 minutes after the report was awaited, and then no more."""
    steps = [check_ins.next_step(at(16), climbed) for climbed in range(5)]
    assert steps == [
        ("due", at(16)),
        ("after_15_minutes", at(16, 15)),
        ("after_30_minutes", at(16, 30)),
        ("after_60_minutes", at(17)),
        None,
    ]


def test_the_duress_word_is_heard_in_any_letters() -> None:
    """Capitals and blanks do not hide a duress word; without one agreed, no word is one."""
    assert check_ins.is_duress("Blue heron", " blue   HERON ")
    assert not check_ins.is_duress("Blue heron", "all is well")
    assert not check_ins.is_duress("Blue heron", None)
    assert not check_ins.is_duress(None, "Blue heron")
