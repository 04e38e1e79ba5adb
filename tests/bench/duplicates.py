"""How many duplicates are flagged when a name is spelt anew, and how many others are flagged besides.

`python -m tests.bench.duplicates [--people N] [--again N]`: a crowd of different people asks for help through the real
API, each in the script of their language; then some of them ask again, spelt by one table. The rules were tuned on
`TUNED` and nothing else.
"""

import argparse
import asyncio
import random
import tempfile
from dataclasses import dataclass
from pathlib import Path

import httpx
from joserfc.jwk import ECKey

from services.intake.service import blueprint
from shared.settings import Limits
from tests.bench.spellings import crowd, spell
from tests.support.room import open_room, staff

TUNED = ("icao_9303", "iso_9")
HELD_OUT = ("bgn_pcgn", "common", "duden")
TOGETHER = 32


@dataclass(frozen=True)
class Found:
    """asked: who asked again; right: of whom the first request was flagged; flagged: on all of them, and at most."""

    table: str
    asked: int
    right: int
    flagged: int
    most: int

    def __str__(self) -> str:
        kind = "tuned on" if self.table in TUNED else "held out"
        each = f"{self.flagged / self.asked:.2f} candidates a request, at most {self.most}"
        return f"duplicates by {self.table} ({kind}): recall {self.right / self.asked:.3f} of {self.asked}, {each}"


async def ask(client: httpx.AsyncClient, name: str) -> str:
    told = {"channel": "phone", "language": "ru", "asked_by": "self", "country": "RU", "story": "Please call."}
    answer = await client.post("/requests", json={**told, "name": name, "contact": ""})
    answer.raise_for_status()
    return str(answer.json()["id"])


async def ask_all(client: httpx.AsyncClient, names: list[str]) -> list[str]:
    asked: list[str] = []
    for first in range(0, len(names), TOGETHER):
        asked += await asyncio.gather(*(ask(client, name) for name in names[first : first + TOGETHER]))
    return asked


async def again(client: httpx.AsyncClient, table: str, people: dict[str, str], dice: random.Random) -> Found:
    """people: names of requests by their ids; each of them asks again in the spelling of the table."""
    spelt = {first: spelling for first, name in people.items() if (spelling := spell(name, table, dice))}
    right = flagged = most = 0
    for first, second in zip(spelt, await ask_all(client, list(spelt.values())), strict=True):
        found = (await client.get(f"/requests/{second}")).json()["possible_duplicates"]
        right, flagged, most = right + (first in found), flagged + len(found), max(most, len(found))
    return Found(table, len(spelt), right, flagged, most)


async def measure(people: int, times: int, folder: Path) -> list[Found]:
    """times: how many ask again by each table; nobody does so by two."""
    dice = random.Random(1)
    unlimited = Limits(actor_per_s=1e6, actor_burst=10**6)
    async with (
        open_room(blueprint(ECKey.generate_key("P-256")), folder, limits=unlimited) as room,
        room.client(staff("intake_officer")) as client,
    ):
        names = crowd(people, dice)
        asked = dict(zip(await ask_all(client, names), names, strict=True))
        tables = (*TUNED, *HELD_OUT)
        drawn = dice.sample(sorted(asked), times * len(tables))
        return [
            await again(client, table, {one: asked[one] for one in drawn[place :: len(tables)]}, dice)
            for place, table in enumerate(tables)
        ]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--people", type=int, default=5000)
    parser.add_argument("--again", type=int, default=400)
    told = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for found in asyncio.run(measure(told.people, told.again, Path(folder))):
            print(found)


if __name__ == "__main__":
    main()
