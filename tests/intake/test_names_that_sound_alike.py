"""Possible duplicates by name: found across scripts and spellings, flagged, never merged; and rows tell nothing."""

import httpx
import pytest
from sqlalchemy import select

from services.intake.requests.store.requests import REQUESTS
from tests.support.room import Room, staff


async def ask(client: httpx.AsyncClient, name: str, contact: str = "") -> str:
    told = {"channel": "phone", "language": "ru", "asked_by": "self", "country": "RU", "story": "Please call."}
    answer = await client.post("/requests", json={**told, "name": name, "contact": contact})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def flagged(client: httpx.AsyncClient, request_id: str) -> list[str]:
    seen = (await client.get(f"/requests/{request_id}")).json()
    assert seen["state"] == "new"
    return list(seen["possible_duplicates"])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Муса Хасханов", "Musa Khaskhanov"),
        ("Musa Khaskhanov", "KHASKHANOV, Moussa"),
        ("Муса Асланович Хасханов", "Musa Khaskhanov"),
        ("Mohammed Karim", "محمد كريم"),
        ("Zhanna", "Жанна"),
        ("Ｍｕｓａ Khaskhanov", "musa khaskhanov"),
        ("Джохар Царнаев", "Carnaev Djokhar"),
        ("Хож-Ахмед Яндаров", "Khozhakhmed Yandarov"),
        ("عبد الرحمن الخطيب", "Abderrahmane El Khatib"),
        ("MXHMD Karym", "Мухаммед Карим"),
        ("Джамбулат Чеченов", "Dschambulat Tschetschenow"),
        ("Dzhambulat Chechenov", "Tschetschenow Dschambulat"),
        ("Shamil Akhmedov", "Schamil Achmedow"),
        ("Achmed Jachjajew", "Ахмед Яхъяев"),
        ("Жанна Щербакова", "Schanna Schtscherbakowa"),
    ],
)
async def test_the_same_name_is_flagged_whatever_the_script(room: Room, one: str, other: str) -> None:
    """Each of two requests names the other as a possible duplicate, and both stay what they are."""
    async with room.client(staff("intake_officer")) as client:
        first, second = await ask(client, one), await ask(client, other)
        assert (await flagged(client, first), await flagged(client, second)) == ([second], [first])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Муса Хасханов", "Musa Aliev"),
        ("Musa", "Musa Khaskhanov"),
        ("Musa Khaskhanov", "Ali Khaskhanov"),
        ("", ""),
        ("…", "!?"),
        ("1", "1"),
    ],
)
async def test_one_word_in_common_flags_nobody(room: Room, one: str, other: str) -> None:
    """A first name, a family name or nothing at all makes no two people the same."""
    async with room.client(staff("intake_officer")) as client:
        first, second = await ask(client, one), await ask(client, other)
        assert (await flagged(client, first), await flagged(client, second)) == ([], [])


async def test_contact_and_name_flag_together(room: Room) -> None:
    """Whoever shares the contact and whoever shares the name are both flagged, the first that came first."""
    async with room.client(staff("intake_officer")) as client:
        by_name = await ask(client, "Муса Хасханов", "musa@example.org")
        by_contact = await ask(client, "M. K.", "+7 900 000-00-01")
        asked = await ask(client, "Musa Khaskhanov", "+7(900)0000001")
        assert sorted(await flagged(client, asked)) == sorted([by_name, by_contact])


async def test_rows_do_not_tell_how_many_words_a_name_has(room: Room) -> None:
    """Every request has eight images of its name, each of 32 bytes and no two alike, whatever the name."""
    async with room.client(staff("intake_officer")) as client:
        for name in ("", "Musa", "Musa Khaskhanov", "Musa Aslanovich Khaskhanov", "Musa Musa Musa"):
            await ask(client, name)
    columns = [REQUESTS.c[f"sound_{place}"] for place in range(8)]
    found = [[image.image for image in row.values()] for row in await room.rows(select(*columns))]
    assert [[len(image) for image in row] for row in found] == [[32] * 8] * 5
    assert [len(set(row)) for row in found] == [8] * 5


async def test_three_are_flagged_at_most_the_likeliest_first(room: Room) -> None:
    """Of six whose names sound alike, the one with the same contact comes first, then the same name, then others."""
    async with room.client(staff("intake_officer")) as client:
        for name in ("Hasan Idrisov", "Hassan Edrisov", "Khasan Idrisof", "Gasan Edresov"):
            await ask(client, name)
        same_name, same_contact = await ask(client, "Хасан Идрисов"), await ask(client, "H. I.", "+7 900 22")
        asked = await ask(client, "Хасан Идрисов", "+790022")
        found = await flagged(client, asked)
    assert (len(found), found[0]) == (3, same_contact)
    assert same_name in found
