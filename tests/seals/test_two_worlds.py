"""With a sealed programme and without one: the public, the partner and unlisted staff read the same bytes."""

import re
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import orjson
import pytest

from services.logistics.journeys.actions import veiling
from shared.access import Actor
from shared.contracts.topology import LODESTAR
from shared.vault import MasterKeys
from tests.notify.receiver import receiving
from tests.seals.telling import (
    ANALYST,
    AUDITOR,
    CHAPTERS,
    LISTED,
    LISTED_AUDITOR,
    ON_DUTY,
    OPERATOR,
    UNLISTED,
    Kind,
    Telling,
    accepted,
    opened,
)
from tests.seals.world import World, world

Screens = dict[tuple[str, str], tuple[int, dict[str, str], bytes]]

VIEWERS: dict[str, Actor | None] = {
    "unlisted": UNLISTED,
    "on duty": ON_DUTY,
    "analyst": ANALYST,
    "operator": OPERATOR,
    "public": None,
}
FIRST = CHAPTERS.index(accepted)
"""The first chapter in which the worlds differ."""

TRAVEL = ["plan_journey", "leave_house", "depart"]
"""What the log of logistics tells of a journey first."""

ASKED = {
    "/claims": "?topic=detained",
    "/claim-definitions": "?topic=detained",
    "/statements/{statement_id}/excerpt": "?use=anonymised_report",
}
"""What must be asked for by a query."""

REAL = {"date", "server"}
"""Headers that follow from real time."""


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    """Master keys of every service."""
    folder = tmp_path / "keys"
    folder.mkdir()
    for name in LODESTAR.services:
        MasterKeys.create(folder / f"{name}.master.json")
    return folder


def paths(there: World, ids: dict[str, list[str]]) -> list[tuple[str, str]]:
    """Every GET route of every service, with every id that could stand in it."""
    found = []
    for service, room in there.rooms.items():
        for path, methods in room.app.openapi()["paths"].items():
            if "get" in methods:
                for filled in _filled(path + ASKED.get(path, ""), ids):
                    found.append((service, filled))
    return sorted(found)


def _filled(path: str, ids: dict[str, list[str]]) -> list[str]:
    hole = re.search(r"\{(\w+)\}", path)
    if hole is None:
        return [path]
    values = ids.get(hole[1]) or ["f" * 32]
    return [filled for value in values for filled in _filled(path.replace(hole[0], value, 1), ids)]


async def screens(there: World, every: list[tuple[str, str]], viewers: Collection[str]) -> Screens:
    """What each viewer reads at each of these paths."""
    seen: Screens = {}
    for name in viewers:
        actor = VIEWERS[name]
        for service, path in every:
            answer = await there.get(actor, service, path)
            headers = {key: value for key, value in answer.headers.items() if key not in REAL}
            seen[name, f"{service}{path}"] = (answer.status_code, headers, answer.content)
    return seen


def probes(told: Telling) -> dict[str, list[str]]:
    """The ids that a viewer could try: of all cases and people, and of all that the programme made."""
    everybody = [person for group in told.people for person in group]
    things = {name: list(some) for name, some in told.things.items()}
    return {**things, "case_id": told.cases, "person_id": everybody}


async def logs(there: World, ids: dict[str, list[str]], services: Collection[str]) -> Screens:
    """What an auditor who is not on the list reads in the audit logs: every page of each, and of what names an id."""
    seen: Screens = {}
    asked = [{}, {"since": there.rooms["intake"].clock.now().isoformat(), "limit": "200"}]
    asked += [{"case_id": one, "limit": "9"} for one in ids["case_id"]]
    asked += [{"subject": one} for some in ids.values() for one in some if len(one) == 32]
    for service in services:
        await there.rooms[service].link()
        for query in asked:
            path = f"/audit?{urlencode(query)}"
            pages, after = [], ""
            while after is not None:
                further = f"{path}&{urlencode({'after': after})}" if after else path
                answer = (await there.get(AUDITOR, service, further)).json()
                after = answer["next"]
                pages.append(orjson.dumps([*answer["items"], after is None]))
            seen["auditor", f"{service}{path}"] = (len(pages), {}, b"".join(pages))
    return seen


async def tell(
    kind: Kind,
    folder: Path,
    keys: Path,
    patch: pytest.MonkeyPatch,
    at_end: Callable[[int, Telling], Any],
    partner: list[bytes],
) -> None:
    async with receiving() as receiver, world(folder, keys, patch) as there:
        told = Telling(there, kind, "http://127.0.0.1:9/in")
        told.endpoint = receiver.url
        for number, chapter in enumerate(CHAPTERS):
            await chapter(told)
            await at_end(number, told)
        partner += await there.sent(receiver, 1)
        if kind == "sealed":
            await opened(told)
            await at_end(len(CHAPTERS), told)


async def both_worlds(
    tmp_path: Path,
    keys: Path,
    patch: pytest.MonkeyPatch,
    viewers: Collection[str] = tuple(VIEWERS),
    services: Collection[str] = LODESTAR.services,
) -> tuple[list[Screens], list[Screens], tuple[list[bytes], list[bytes]]]:
    """The screens at the end of each chapter with the programme, and without; and what the partner was sent.

    Before there is a programme the worlds are one: those chapters are not looked at.
    """
    tried: dict[int, tuple[list[tuple[str, str]], dict[str, list[str]]]] = {}
    with_it: list[Screens] = []
    without: list[Screens] = []
    news: tuple[list[bytes], list[bytes]] = ([], [])

    async def read(told: Telling, every: list[tuple[str, str]], ids: dict[str, list[str]]) -> Screens:
        seen = await screens(told.world, every, viewers)
        return {**seen, **await logs(told.world, ids, services)}

    async def look(number: int, told: Telling) -> None:
        if number >= FIRST:
            tried[number] = ([one for one in paths(told.world, probes(told)) if one[0] in services], probes(told))
            with_it.append(await read(told, *tried[number]))

    async def look_at_the_same(number: int, told: Telling) -> None:
        if number >= FIRST:
            without.append(await read(told, *tried[number]))

    await tell("sealed", tmp_path / "with", keys, patch, look, news[0])
    await tell("none", tmp_path / "without", keys, patch, look_at_the_same, news[1])
    return with_it, without, news


def unlike(one: Screens, other: Screens) -> list[str]:
    return [
        f"{who} {path}: {one[who, path]} and {seen}" for (who, path), seen in other.items() if one[who, path] != seen
    ]


@pytest.mark.timeout(900)
async def test_nobody_who_is_not_on_the_list_can_tell_the_two_worlds_apart(
    tmp_path: Path, keys: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Status, headers and bytes of every page, at the end of every chapter, until the programme is opened."""
    with_it, without, news = await both_worlds(tmp_path, keys, monkeypatch)
    assert len(without) == len(CHAPTERS[FIRST:]) == len(with_it) - 1
    for chapter, one, other in zip(CHAPTERS[FIRST:], with_it, without, strict=False):
        assert unlike(one, other) == [], chapter.__name__
    assert news[0] == news[1]
    assert news[0]
    changed = unlike(with_it[-2], {key: seen for key, seen in with_it[-1].items() if key in with_it[-2]})
    assert any(line.startswith("unlisted intake/board") for line in changed)
    assert any(line.startswith("unlisted logistics/journeys/") for line in changed)
    assert any(re.match(r"unlisted intake/statements/\w+:", line) for line in changed)
    assert any(line.startswith("unlisted intake/approvals") for line in changed)
    assert any(re.match(r"analyst intake/reports/\w+/draft:", line) for line in changed)
    assert any(line.startswith("on duty notify/alerts") for line in changed)
    assert any(line.startswith("public notify/figures") for line in changed)
    for service in LODESTAR.services:
        assert any(line.startswith(f"auditor {service}/audit?subject=") for line in changed), service


async def test_a_planted_leak_is_found(tmp_path: Path, keys: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When logistics forgets to hide a journey from lists, the worlds differ, and the page is named."""

    async def nothing(_work: Any, _case_id: str) -> set[str]:
        return set()

    monkeypatch.setattr("services.logistics.journeys.actions.travel.hidden_journeys", nothing)
    assert veiling.hidden_journeys is not nothing
    with_it, without, _ = await both_worlds(tmp_path, keys, monkeypatch, ["unlisted"], ["logistics"])
    found = [line for one, other in zip(with_it, without, strict=False) for line in unlike(one, other)]
    assert found
    assert all(re.match(r"unlisted logistics/cases/\w+/journeys:", line) for line in found)


async def test_operators_see_what_an_ordinary_programme_would_show(
    tmp_path: Path, keys: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Subjects and sizes on the bus, in order; rows and lengths of ciphertext in every database but settlement's."""
    seen: dict[str, list[dict[str, Any]]] = {"sealed": [], "disclosed": []}
    for kind, found in seen.items():

        async def look(_number: int, told: Telling, found: list[dict[str, Any]] = found) -> None:
            found.append(await told.world.as_operators_see_it())

        async with world(tmp_path / kind, keys, monkeypatch) as there:
            told = Telling(there, kind, "http://127.0.0.1:9/in")  # type: ignore[arg-type]
            for number, chapter in enumerate(CHAPTERS[:-1]):
                await chapter(told)
                await look(number, told)
    for sealed, ordinary in zip(seen["sealed"], seen["disclosed"], strict=True):
        assert {name: it for name, it in sealed.items() if ordinary[name] != it} == {}
    assert len(seen["sealed"][-1]["logistics on the bus"]) > 10


async def test_the_list_sees_the_journey_on_every_screen(
    tmp_path: Path, keys: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who is on it reads on the board, in logistics and among the alerts what nobody else does."""
    async with world(tmp_path / "with", keys, monkeypatch) as there:
        told = Telling(there, "sealed", "http://127.0.0.1:9/in")
        for chapter in CHAPTERS:
            await chapter(told)
        board = (await there.get(LISTED, "intake", "/board")).json()["items"]
        states = {row["person_id"]: row["state"] for row in board}
        assert {states[person] for person in told.people[0]} == {"settling"}
        journey = (await there.get(LISTED, "logistics", f"/journeys/{told.things['journey_id'][0]}")).json()
        assert journey["state"] == "received"
        (alert,) = (await there.get(LISTED, "notify", "/alerts")).json()["items"]
        assert (alert["journey_id"], alert["state"]) == (journey["id"], "resolved")
        await there.rooms["logistics"].link()
        for auditor, known in ((LISTED_AUDITOR, TRAVEL), (AUDITOR, [])):
            log = (await there.get(auditor, "logistics", f"/audit?subject={journey['id']}&limit=200")).json()["items"]
            assert [row["verb"] for row in log if not row["denied"]][: len(known)] == known
        assert log == []
        board = (await there.get(UNLISTED, "intake", "/board")).json()["items"]
        states = {row["person_id"]: row["state"] for row in board}
        assert {states[person] for person in told.people[0]} == {"sheltered"}
