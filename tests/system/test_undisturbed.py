"""The undisturbed story: what all disturbed ones are held to.

Rule: the reference itself is held to the figures of the story and to the rules of order.
"""

import pytest

from tests.system.telling import Told


@pytest.mark.timeout(1800)
def test_the_undisturbed_story_ends_as_it_is_told(undisturbed: Told) -> None:
    """35 helped to escape and 31 settled, after figures that were suppressed; nothing waits and nothing is parked."""
    print(f"{undisturbed.seconds:.0f} s, {undisturbed.calls} calls, {len(undisturbed.world)} rows")
    assert (undisturbed.ending.helped_to_escape, undisturbed.ending.settled_in_canada) == (35, 31)
    assert undisturbed.ending.before_disclosure == {"helped_to_escape": None, "settled_in_canada": None}
    assert undisturbed.disorder == []


def test_the_world_of_the_story_is_not_empty(undisturbed: Told) -> None:
    """What is compared covers every service and is worth comparing."""
    tables = {row.table for row in undisturbed.world}
    assert {table.split(".")[0] for table in tables} == {"intake", "logistics", "settlement", "notify"}
    assert len(tables) > 40
    assert len(undisturbed.world) > 1500
