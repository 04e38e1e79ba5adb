"""Possible duplicates by contact: one number is one contact however it is written, and two numbers are two."""

from pathlib import Path

import pytest
from joserfc.jwk import ECKey
from sqlalchemy import delete, select, text

from services.intake.requests.store.requests import REQUESTS
from services.intake.search.actions import STEP
from services.intake.search.store import TERMS
from services.intake.service import blueprint
from shared.database import Transaction
from shared.database.migrations import migrate
from shared.timers import TIMERS
from shared.vault.blinding import SOUNDS
from tests.intake.test_names_that_sound_alike import ask, flagged
from tests.intake.test_search import found
from tests.support.room import Room, open_room, staff

RUSSIAN = (
    "+7 900 000-00-77",
    "8 900 000 00 77",
    "8(900)0000077",
    "79000000077",
    "900 000 00 77",
    "007 900 000 00 77",
    "8 10 7 900 000 00 77",
    "011 7 900 000 00 77",
    "+7 (8) 900 000 00 77",
    "+7(0)900 0000077",
    "тел. 8 900 000 00 77",
    "WhatsApp 8-900-000-00-77",
    "+7 900 000 00 77 (в Телеграме)",
    "evenings: +7.900.000.00.77, please no calls",
    "wa.me/79000000077",
    "٨٩٠٠٠٠٠٠٠٧٧",
)
"""One number, as people in Russia and abroad write it."""

TWO_NUMBERS = (
    ("+7 900 000-00-77", "8 900 000 00 78"),
    ("+7 900 000-00-77", "+1 900 000 0077"),
    ("0049 151 23456789", "+7 151 23456789"),
    ("900 000 00 77", "+90 312 00077"),
    ("crane_0000077", "8 900 000 00 77"),
    ("lev19000000077@example.org", "+7 900 000 00 77"),
    ("+7 900 000 00 77 or +7 900 000 00 78", "+7 900 000 00 79"),
)
"""What is not one contact, though digits of them are the same."""


async def test_one_number_is_one_contact_however_it_is_written(room: Room) -> None:
    """Whoever left it in one form is flagged for whoever leaves it in another, both ways, and the search finds both."""
    async with room.client(staff("intake_officer")) as client:
        for last, form in enumerate(RUSSIAN, 10):
            one, other = (written.replace("77", str(last)).replace("٧٧", str(last)) for written in (RUSSIAN[0], form))
            first, second = await ask(client, "", one), await ask(client, "", other)
            assert (await flagged(client, first), await flagged(client, second)) == ([second], [first]), form
            assert {hit[1] for hit in await found(client, other)} == {first, second}, form


@pytest.mark.parametrize(
    ("home", "abroad"),
    [
        ("8 029 123 45 67", "+375 29 123 45 67"),
        ("8 7172 12 34 56", "+7 7172 12 34 56"),
        ("0151 23456789", "+49 (0) 151 23456789"),
        ("020 7946 0958", "+44 (0)20 7946 0958"),
        ("8-495-123-45-67", "+7 495 123 45 67"),
    ],
)
async def test_a_number_as_dialled_at_home_is_the_number_from_abroad(room: Room, home: str, abroad: str) -> None:
    """Each of the two requests flags the other, in whatever country it is dialled."""
    async with room.client(staff("intake_officer")) as client:
        first, second = await ask(client, "", home), await ask(client, "", abroad)
        assert (await flagged(client, first), await flagged(client, second)) == ([second], [first])


@pytest.mark.parametrize(("one", "other"), TWO_NUMBERS)
async def test_two_numbers_are_two_contacts(room: Room, one: str, other: str) -> None:
    """Nobody is flagged for digits in common, where each number tells its country or is another text."""
    async with room.client(staff("intake_officer")) as client:
        first, second = await ask(client, "", one), await ask(client, "", other)
        assert (await flagged(client, first), await flagged(client, second)) == ([], [])


async def test_rows_do_not_tell_how_somebody_is_reached(room: Room) -> None:
    """A number of three forms, a handle and nothing at all have as many images of a contact, no two of a row alike."""
    async with room.client(staff("intake_officer")) as client:
        for contact in ("79000000077", "@crane", ""):
            await ask(client, "", contact)
    columns = (REQUESTS.c.contact, REQUESTS.c.contact_1, REQUESTS.c.contact_2)
    rows = [[image.image for image in row.values()] for row in await room.rows(select(*columns))]
    assert [[len(image) for image in row] for row in rows] == [[32] * 3] * 3
    assert [len(set(row)) for row in rows] == [3] * 3


async def _of_before(room: Room, release: str) -> None:
    """The rows of a release in which they were compared and found otherwise, brought to the present one."""
    (step,) = room.blueprint.migrations.glob(f"*_{release}.py")
    await migrate(room.url, room.blueprint.migrations, f"{int(step.name[:4]) - 1:04d}")

    async def otherwise(tx: Transaction) -> None:
        await tx.execute(delete(TERMS))
        images = ", ".join(f"{column} = :nothing" for column in ("contact", *(f"sound_{n}" for n in range(SOUNDS))))
        await tx.execute(text(f"UPDATE requests SET {images}"), {"nothing": b"0" * 32})

    await room.database.transact(otherwise)
    await migrate(room.url, room.blueprint.migrations)


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
@pytest.mark.parametrize("release", ["every_form_of_a_contact", "names_by_german_rules"])
async def test_requests_of_before_are_compared_as_now_after_an_upgrade(tmp_path: Path, release: str, kind: str) -> None:
    """By contact, by name and by the search: timers walk through them, more than one transaction takes; who left
    nothing stays nobody's duplicate."""
    async with (
        open_room(blueprint(ECKey.generate_key("P-256")), tmp_path, kind) as room,
        room.client(staff("intake_officer")) as client,
    ):
        asked = [await ask(client, "", f"8 900 000-01-{number:02}") for number in range(STEP + 2)]
        silent, named = await ask(client, "", ""), await ask(client, "Tschetschenow Dschambulat")
        await _of_before(room, release)
        for _ in range(3):
            await room.fire()
        for number in (0, len(asked) - 1):
            again = await ask(client, "", f"+7 900 000-01-{number:02}")
            assert await flagged(client, again) == [asked[number]]
        assert await flagged(client, await ask(client, "Джамбулат Чеченов")) == [named]
        assert named in {hit[1] for hit in await found(client, "Chechenov Dzhambulat")}
        assert await flagged(client, silent) == []
        assert await room.rows(select(TIMERS).where(TIMERS.c.kind.like("index_%"))) == []
