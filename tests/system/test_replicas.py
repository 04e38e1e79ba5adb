"""Two processes of every service on PostgreSQL: the story ends as with one of each on SQLite.

Rule: the story's calls go to the replicas in turns, and both read the same durables.
"""

from dataclasses import replace

import pytest

from deploy.local.house import SERVICES, Plan
from tests.support.databases import postgres_url
from tests.support.refinement import differences
from tests.system.telling import Told, told


@pytest.mark.timeout(1800)
async def test_the_story_ends_the_same_with_two_replicas_of_each_service(plan: Plan, undisturbed: Told) -> None:
    """Whoever answers and whoever applies, on whichever database: what the services know is the same."""
    databases = {service: (postgres_url(service), postgres_url(f"{service}_keys")) for service in SERVICES}
    story = await told(replace(plan, replicas=2, databases=databases))
    print(f"{story.seconds:.0f} s, {story.calls} calls")
    assert (story.ending.helped_to_escape, story.ending.settled_in_canada) == (35, 31)
    assert story.disorder == []
    assert differences(undisturbed.world, story.world) == []
