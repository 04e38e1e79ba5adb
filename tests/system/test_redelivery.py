"""Every event is delivered three times, in shuffled order, and the story ends the same.

Rule: that it was so is read from the bus and from the services' own notes, not assumed.
"""

import sys
from dataclasses import replace
from pathlib import Path

import pytest
from nats.js.api import ConsumerInfo

from deploy import bus
from deploy.local.house import SERVICES, Plan
from deploy.local.keys import seed_path
from shared.contracts.topology import LODESTAR
from tests.support.refinement import differences
from tests.system import unruly
from tests.system.seeds import drawn_seed
from tests.system.telling import Told, told


async def durables(plan: Plan) -> list[ConsumerInfo]:
    """What the bus counted for each durable."""
    operator = seed_path(plan.state.keys, bus.OPERATOR)
    async with bus.operating(plan.nats.url, operator) as client:
        return [await client.jsm().consumer_info(one.stream, one.name) for one in LODESTAR.durables]


def noted(plan: Plan, line: str) -> int:
    """How often the services wrote a line."""
    logs: list[Path] = [plan.state.log_of(service) for service in SERVICES]
    return sum(log.read_text(errors="replace").count(line) for log in logs)


@pytest.mark.timeout(1800)
async def test_the_story_ends_the_same_when_all_is_delivered_three_times_in_shuffled_order(
    plan: Plan, undisturbed: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Early events wait their turn, repeated ones change nothing, and none is parked."""
    monkeypatch.setenv("LODESTAR_SEED", str(drawn_seed()))
    counted: list[ConsumerInfo] = []

    async def count() -> None:
        counted.extend(await durables(plan))

    story = await told(replace(plan, program=(sys.executable, "-m", unruly.__name__)), at_end=count)
    early, again = noted(plan, unruly.EARLY), noted(plan, unruly.APPLIED_AGAIN)
    events = sum(one.delivered.stream_seq for one in counted if one.delivered)
    deliveries = sum(one.delivered.consumer_seq for one in counted if one.delivered)
    print(
        f"{story.seconds:.0f} s, {events} events, {deliveries} deliveries, {early} early, {again} applied and repeated"
    )
    for one in counted:
        assert one.delivered is not None
        assert one.delivered.consumer_seq >= unruly.TIMES * one.delivered.stream_seq, one.name
    assert early > 50
    assert again > events // 2
    assert (story.ending.helped_to_escape, story.ending.settled_in_canada) == (35, 31)
    assert story.disorder == []
    assert differences(undisturbed.world, story.world) == []
