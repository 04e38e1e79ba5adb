"""A surge: 4,500 requests in ten simulated days, a fifth of them spam, and eight people who screen them.

`python -m tests.bench.surge [--requests N]`, through intake's real API on the movable clock. In every hour requests
come in while whoever is on duty takes the next of the queue; more come than they can screen, so the order matters.
Told are how many were lost, how long each urgency waited, how often something was screened before an emergency that had
waited longer, and how long the answers took.
"""

import argparse
import asyncio
import random
import tempfile
import time
from collections import defaultdict
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import httpx
from joserfc.jwk import ECKey

from services.intake.requests.model.asking import Urgency
from services.intake.service import blueprint
from shared.access import Actor
from shared.clock import new_id
from shared.settings import Limits
from tests.bench.spellings import crowd
from tests.support.room import NOON, Room, open_room, staff

DAYS, STAFF, SHIFT_HOURS, PER_HOUR = 10, 8, 8, 5
"""Eight people, each for eight hours of the day, screen five requests an hour: 320 a day of the 450 that come."""

SPAM, EMERGENCY, URGENT = 0.20, 0.05, 0.15
HOUR = timedelta(hours=1)
LANGUAGES = ("ru", "ru", "ru", "che", "ar", "en")


@dataclass
class Surge:
    """What happened, by the id of each request."""

    people: list[str]
    dice: random.Random = field(default_factory=lambda: random.Random(4))
    asked: dict[str, tuple[Urgency, bool, datetime]] = field(default_factory=dict)
    screened: dict[str, datetime] = field(default_factory=dict)
    passed: int = 0
    answers: list[float] = field(default_factory=list)
    queues: list[float] = field(default_factory=list)
    longest: int = 0

    def waiting(self, urgency: Urgency) -> list[str]:
        return [one for one, (how, _, _) in self.asked.items() if how == urgency and one not in self.screened]


async def ask(surge: Surge, client: httpx.AsyncClient, at: datetime) -> None:
    spam, drawn = surge.dice.random() < SPAM, surge.dice.random()
    urgency: Urgency = "emergency" if drawn < EMERGENCY else "urgent" if drawn < EMERGENCY + URGENT else "normal"
    told = {
        "channel": "web",
        "language": surge.dice.choice(LANGUAGES),
        "asked_by": "self",
        "name": surge.people.pop(),
        "contact": f"+7 900 {surge.dice.randrange(10**7):07}",
        "country": "RU",
        "story": "Cheap watches!" if spam else "They came to the house of a friend last night. " * 8,
        "urgency": "normal" if spam else urgency,
    }
    began = time.perf_counter()
    answer = await client.post("/requests", json=told)
    surge.answers.append(time.perf_counter() - began)
    answer.raise_for_status()
    surge.asked[str(answer.json()["id"])] = ("normal" if spam else urgency, spam, at)


async def work(surge: Surge, client: httpx.AsyncClient, at: datetime) -> None:
    """Somebody takes the next requests of the queue for an hour."""
    began = time.perf_counter()
    queue = (await client.get("/queue", params={"limit": 50, "for_me": True, "state": "new"})).json()["items"]
    surge.queues.append(time.perf_counter() - began)
    done = 0
    for one in queue:
        if done < PER_HOUR and await screen(surge, client, one["id"], at):
            done += 1


async def screen(surge: Surge, client: httpx.AsyncClient, request_id: str, at: datetime) -> bool:
    """Whether this person, and nobody else, screened it."""
    url = f"/requests/{request_id}"
    claimed = await client.post(f"{url}/claim", headers={"If-Match": '"1"'})
    if claimed.status_code != 200:
        return False
    urgency, spam, _ = surge.asked[request_id]
    surge.passed += urgency != "emergency" and any(surge.asked[it][2] < at for it in surge.waiting("emergency"))
    surge.screened[request_id] = at
    read = await client.get(url)
    read.raise_for_status()
    body = {"in_scope": not spam, "urgency": urgency, "ends_as": "spam", "reason": "Sells watches." if spam else ""}
    screened = await client.post(f"{url}/screening", json=body, headers={"If-Match": '"2"'})
    screened.raise_for_status()
    if not spam:
        (await client.post(f"{url}/release", headers={"If-Match": '"3"'})).raise_for_status()
    return True


async def plan_shifts(room: Room, officers: Sequence[Actor]) -> None:
    async with room.client(staff("manager")) as client:
        for day in range(-1, DAYS):
            for place, officer in enumerate(officers):
                begins = NOON + timedelta(days=day, hours=place * 3)
                if begins + SHIFT_HOURS * HOUR <= NOON:
                    continue
                hours = {"begins_at": begins.isoformat(), "ends_at": (begins + SHIFT_HOURS * HOUR).isoformat()}
                shift = {"actor_id": officer.id, "languages": sorted(set(LANGUAGES)), **hours}
                (await client.post("/shifts", json=shift)).raise_for_status()


async def run(room: Room, requests: int) -> Surge:
    surge = Surge(crowd(requests, random.Random(3)))
    officers = [Actor(new_id(), "staff", frozenset({"intake_officer"})) for _ in range(STAFF)]
    await plan_shifts(room, officers)
    hours = DAYS * 24
    arriving = defaultdict(int)
    for _ in range(requests):
        arriving[int(surge.dice.triangular(0, hours, hours / 4))] += 1
    channel = Actor(new_id(), "channel")
    for hour in range(hours):
        room.clock.move(NOON + hour * HOUR)
        await room.fire()
        working = [it for place, it in enumerate(officers) if (hour - place * 3) % 24 < SHIFT_HOURS]
        await pass_hour(surge, room, arriving[hour], channel, working)
        surge.longest = max(surge.longest, len(surge.asked) - len(surge.screened))
    return surge


async def pass_hour(surge: Surge, room: Room, arriving: int, channel: Actor, working: Sequence[Actor]) -> None:
    """With tokens of this hour: they end after ten real minutes."""
    at = room.clock.now()
    async with AsyncExitStack() as stack:
        outside = await stack.enter_async_context(room.client(channel))
        clients = [await stack.enter_async_context(room.client(officer)) for officer in working]
        asking = (ask(surge, outside, at) for _ in range(arriving))
        await asyncio.gather(*asking, *(work(surge, it, at) for it in clients))


async def lost(room: Room, surge: Surge) -> int:
    """How many requests that were answered with an id are no longer there, in the state that was decided."""
    found: dict[str, str] = {}
    after: str | None = None
    async with room.client(staff("intake_officer")) as client:
        while True:
            page = (await client.get("/requests", params={"limit": 200, **({"after": after} if after else {})})).json()
            found |= {one["id"]: one["state"] for one in page["items"]}
            after = page["next"]
            if after is None:
                break
    states = {one: ("spam" if spam else "in_scope") for one, (_, spam, _) in surge.asked.items()}
    return sum(found.get(one) != (states[one] if one in surge.screened else "new") for one in surge.asked)


def part(values: Sequence[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * share))] if values else 0.0


def times(seconds: Sequence[float]) -> str:
    return f"p50 {part(seconds, 0.5) * 1000:.0f} ms, p95 {part(seconds, 0.95) * 1000:.0f} ms"


def report(surge: Surge, missing: int) -> list[str]:
    told = [
        f"surge of {len(surge.asked):,} in {DAYS} days, {STAFF} staff: {missing} lost, "
        f"{len(surge.screened):,} screened, at most {surge.longest:,} waiting, "
        f"{surge.passed} screened while an emergency waited",
        f"answer to who asks: {times(surge.answers)}; the queue: {times(surge.queues)}",
    ]
    for urgency in ("emergency", "urgent", "normal"):
        done = [(it, came) for it, (how, _, came) in surge.asked.items() if how == urgency and it in surge.screened]
        waits = [(surge.screened[it] - came) / HOUR for it, came in done]
        told.append(
            f"{urgency}: {len(waits):,} screened, {len(surge.waiting(urgency)):,} wait; "
            f"waited p50 {part(waits, 0.5):.0f} h, p95 {part(waits, 0.95):.0f} h, at most {max(waits, default=0):.0f} h"
        )
    return told


async def measure(kind: str, requests: int, folder: Path) -> list[str]:
    unlimited = Limits(actor_per_s=1e6, actor_burst=10**6)
    async with open_room(blueprint(ECKey.generate_key("P-256")), folder, kind, unlimited) as room:
        surge = await run(room, requests)
        return report(surge, await lost(room, surge))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--requests", type=int, default=4500)
    requests = parser.parse_args().requests
    with tempfile.TemporaryDirectory() as folder:
        print(*asyncio.run(measure("sqlite", requests, Path(folder))), sep="\n")


if __name__ == "__main__":
    main()
