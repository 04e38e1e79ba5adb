"""Two processes of every service on PostgreSQL: the story ends as with one of each on SQLite.

Rule: the story's calls go to the replicas in turns, and both read the same durables.
"""

import asyncio
from dataclasses import replace

import pytest

from deploy import bus
from deploy.local.house import SERVICES, Plan
from deploy.local.keys import seed_path
from shared.contracts.topology import LODESTAR
from tests.support.databases import postgres_url
from tests.support.refinement import differences
from tests.system.telling import Told, told


async def both_read(plan: Plan) -> None:
    """Return when every durable has a pull request of each replica. Errors: TimeoutError."""
    operator = seed_path(plan.state.keys, bus.OPERATOR)
    async with asyncio.timeout(60):
        while True:
            streams = await bus.show(plan.nats.url, operator, LODESTAR)
            if all(durable.waiting >= plan.replicas for stream in streams for durable in stream.durables):
                return
            await asyncio.sleep(0.2)


def answered(plan: Plan, service: str) -> list[int]:
    """How many changes each replica of a service was asked for."""
    names = (service, *(f"{service}-{replica}" for replica in range(1, plan.replicas)))
    return [plan.state.log_of(name).read_text(errors="replace").count("POST /") for name in names]


@pytest.mark.timeout(1800)
async def test_the_story_ends_the_same_with_two_replicas_of_each_service(plan: Plan, undisturbed: Told) -> None:
    """Whoever answers and whoever applies, on whichever database: what the services know is the same."""
    databases = {service: (postgres_url(service), postgres_url(f"{service}_keys")) for service in SERVICES}
    double = replace(plan, replicas=2, databases=databases)
    story = await told(double, at_end=lambda: both_read(double))
    shares = {service: answered(double, service) for service in SERVICES}
    print(f"{story.seconds:.0f} s, {story.calls} calls, changes asked of each: {shares}")
    assert min(count for counts in shares.values() for count in counts) > 0
    assert (story.ending.helped_to_escape, story.ending.settled_in_canada) == (35, 31)
    assert story.disorder == []
    assert differences(undisturbed.world, story.world) == []
