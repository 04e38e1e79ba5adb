"""A case on which statements are taken: who works there, and what is said."""

from dataclasses import dataclass
from typing import Any

import httpx

from shared.access import Actor
from tests.intake.test_way_to_a_plan import ADAM, MINOR, accept, ask
from tests.support.room import Room, staff

SAID = {
    "language": "ru",
    "held_on": "2017-04-02",
    "place": "Central Russia",
    "original": "Меня держали в подвале в Аргуне. Брат Руслан приехал за мной.",
    "translation": "They held me in a cellar in Argun. My brother Ruslan came for me.",
    "happenings": [{"harm": "detention", "region": "Argun", "year": 2017}],
}
NAME = "Ruslan"


@dataclass
class Office:
    """A case of two people; a caseworker and a reviewer work on it."""

    officer: Actor
    worker: Actor
    reviewer: Actor
    case_id: str
    people: list[str]


async def open_office(room: Room) -> Office:
    officer, worker, reviewer = staff("intake_officer"), staff("caseworker"), staff("reviewer")
    async with room.client(officer) as client:
        case_id = await accept(client, await ask(client), [ADAM, MINOR], [worker.id, reviewer.id])
        people = [str(it["id"]) for it in (await client.get(f"/cases/{case_id}/people")).json()["people"]]
    return Office(officer, worker, reviewer, case_id, people)


async def take(client: httpx.AsyncClient, case_id: str, person_id: str | None, **other: Any) -> dict[str, Any]:
    answer = await client.post(f"/cases/{case_id}/statements", json={**SAID, "person_id": person_id, **other})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def change(client: httpx.AsyncClient, path: str, body: Any, version: int) -> httpx.Response:
    return await client.post(path, json=body, headers={"If-Match": f'"{version}"'})


async def changed(client: httpx.AsyncClient, path: str, body: Any, version: int) -> dict[str, Any]:
    answer = await change(client, path, body, version)
    assert answer.is_success, answer.text
    return dict(answer.json())


async def consent(client: httpx.AsyncClient, statement: dict[str, Any], *uses: str, **other: Any) -> dict[str, Any]:
    """The statement once these uses were consented to."""
    for use in uses:
        body = {"use": use, "proof": "Spoken in the call.", **other}
        statement = await changed(client, f"/statements/{statement['id']}/uses", body, statement["version"])
    return statement


def hidden(text: str, which: str, passage: str, *uses: str) -> dict[str, Any]:
    """The mask of a passage."""
    start = text.index(passage)
    return {"text": which, "start": start, "end": start + len(passage), "uses": uses, "reason": "Names a relative."}


async def mask(
    client: httpx.AsyncClient, statement: dict[str, Any], *spans: dict[str, Any], number: int = 1
) -> dict[str, Any]:
    """Set these masks; returns the masking. The statement's version goes up by one."""
    body = {"number": number, "spans": spans}
    return await changed(client, f"/statements/{statement['id']}/masking", body, statement["version"])
