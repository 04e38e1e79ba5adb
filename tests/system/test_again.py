"""The story is cut off, its house is stopped and started again, and the story is told from its first word.

Rule: nobody remembers where it was cut off; what was done once is not done twice.
"""

import asyncio
import random

import pytest

from deploy.local.house import Plan
from deploy.local.processes import Supervisor
from tests.support.refinement import differences
from tests.system.seeds import drawn_seed
from tests.system.telling import Progress, Told, told


class CutOff(Exception):  # noqa: N818 - what happens, not a fault
    """Whoever tells the story is gone."""


@pytest.mark.timeout(1800)
async def test_the_story_told_again_ends_the_same(plan: Plan, undisturbed: Told) -> None:
    """Cut off at a random call and told again: every step finds what it did, and the story goes on from there."""
    cut = random.Random(drawn_seed()).randrange(undisturbed.calls * 19 // 20)

    async def cut_off(_: Supervisor, progress: Progress) -> None:
        while progress.calls < cut:
            await asyncio.sleep(0.001)
        raise CutOff

    with pytest.raises(CutOff):
        await told(plan, cut_off)
    story = await told(plan)
    print(f"cut off after {cut} calls, told again in {story.seconds:.0f} s")
    assert (story.ending.helped_to_escape, story.ending.settled_in_canada) == (35, 31)
    assert story.ending.before_disclosure == {"helped_to_escape": None, "settled_in_canada": None}
    assert story.disorder == []
    assert differences(undisturbed.world, story.world) == []
