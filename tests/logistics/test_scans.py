"""Scans of documents: what is taken, who sees it, and what becomes of an old one."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import select

from services.logistics.documents.actions import SCANS
from shared.audit import AUDIT
from shared.vault.files import FILE_CHUNKS, FILES
from tests.logistics.scene import Group, assign, open_group, record_passports
from tests.support.room import Room, problem, staff

PDF = {"Content-Type": "application/pdf"}
MIB = 1024 * 1024


def pdf(length: int = 100) -> bytes:
    return b"%PDF-1.7\n".ljust(length, b"x")


async def document_of(room: Room, group: Group) -> str:
    async with room.client(group.coordinator) as client:
        await record_passports(client, group.people)
        return str((await client.get(f"/people/{group.people[0]}/documents")).json()["items"][0]["id"])


@pytest.mark.parametrize(
    ("media_type", "content"),
    [
        ("application/pdf", pdf()),
        ("image/jpeg", b"\xff\xd8\xff\xe0" + b"j" * 70_000),
        ("image/png", b"\x89PNG\r\n\x1a\n" + b"p" * 3 * MIB),
        ("application/pdf; charset=binary", pdf(5 * MIB)),
    ],
    ids=["pdf", "jpeg", "png", "large pdf"],
)
async def test_a_scan_comes_back_as_it_was(either_room: Room, media_type: str, content: bytes) -> None:
    """Of every type and up to five mebibytes, larger than any other body may be."""
    room = either_room
    group = await open_group(room)
    url = f"/documents/{await document_of(room, group)}/scan"
    async with room.client(group.coordinator) as client:
        sent = await client.post(url, content=content, headers={"Content-Type": media_type})
        assert sent.status_code == 201, sent.text
        seen = await client.get(url)
    assert (seen.status_code, seen.content) == (200, content)
    assert seen.headers["content-type"] == media_type.partition(";")[0]
    assert seen.headers["content-length"] == str(len(content))
    assert (seen.headers["cache-control"], seen.headers["content-disposition"]) == ("no-store", "attachment")


async def test_what_is_no_scan_is_refused(room: Room) -> None:
    """Another type, content that is not of the type it claims, too much, or nothing; and nothing stays of it."""
    group = await open_group(room)
    url = f"/documents/{await document_of(room, group)}/scan"
    async with room.client(group.coordinator) as client:
        answers = [
            await client.post(url, content=content, headers={"Content-Type": media_type})
            for media_type, content in (
                ("text/html", b"<script>"),
                ("", pdf()),
                ("image/png", pdf()),
                ("application/pdf", b"MZ" + pdf()),
                ("application/pdf", b""),
                ("application/pdf", pdf(5 * MIB + 1)),
            )
        ]
        unkeyed = await client.post(url, content=pdf(), headers={**PDF, "Idempotency-Key": "short"})
        assert (await client.get(url)).status_code == 404
    assert [problem(answer) for answer in answers] == [
        (415, "media_type_not_taken"),
        (415, "media_type_not_taken"),
        (422, "file_of_another_type"),
        (422, "file_of_another_type"),
        (422, "file_empty"),
        (413, "body_too_large"),
    ]
    assert problem(unkeyed) == (400, "idempotency_key_required")
    assert [row["kept"] for row in await room.rows(select(FILES.c.kept)) if row["kept"]] == []


async def test_the_limit_holds_for_a_body_of_unsaid_length(room: Room) -> None:
    """Sent in pieces: a scan up to its own limit, and no other route takes more than before."""
    group = await open_group(room)
    url = f"/documents/{await document_of(room, group)}/scan"

    async def trickle(count: int) -> AsyncIterator[bytes]:
        yield pdf()
        for _ in range(count):
            yield b"x" * 100_000

    async with room.client(group.coordinator) as client:
        fits = await client.post(url, content=trickle(52), headers=PDF)
        over = await client.post(url, content=trickle(53), headers=PDF)
        elsewhere = await client.post(f"/people/{group.people[0]}/documents", content=trickle(11), headers=PDF)
        longer = await client.post(f"/people/{group.people[0]}/documents", content=b"x" * (MIB + 1), headers=PDF)
    assert SCANS.most == 5_242_880
    assert (fits.status_code, problem(over)) == (201, (413, "body_too_large"))
    assert (elsewhere.is_client_error, problem(longer)) == (True, (413, "body_too_large"))


async def test_a_repeated_scan_is_kept_once(room: Room) -> None:
    """The same key with the same content gets the first answer and stores nothing; with other content it is refused."""
    group = await open_group(room)
    url = f"/documents/{await document_of(room, group)}/scan"
    headers = {**PDF, "Idempotency-Key": "scan-0001"}
    async with room.client(group.coordinator) as client:
        first = await client.post(url, content=pdf(), headers=headers)
        again = await client.post(url, content=pdf(), headers=headers)
        other = await client.post(url, content=pdf(101), headers=headers)
    assert (again.status_code, again.json()) == (201, first.json())
    assert problem(other) == (422, "idempotency_key_reused")
    assert [row["id"] for row in await room.rows(select(FILES.c.id))] == [first.json()["id"]]


async def test_a_new_scan_takes_the_place_of_the_old(room: Room) -> None:
    """Nothing of the old one stays, neither its row nor its chunks."""
    group = await open_group(room)
    url = f"/documents/{await document_of(room, group)}/scan"
    async with room.client(group.coordinator) as client:
        await client.post(url, content=pdf(200_000), headers=PDF)
        new = (await client.post(url, content=pdf(50), headers=PDF)).json()["id"]
        assert (await client.get(url)).content == pdf(50)
    assert [row["id"] for row in await room.rows(select(FILES.c.id))] == [new]
    assert [row["file_id"] for row in await room.rows(select(FILE_CHUNKS.c.file_id))] == [new]


async def test_only_who_may_sees_and_adds_scans(room: Room) -> None:
    """Scans of a case of others do not exist; an officer is told no; a caseworker sees and does not add."""
    group = await open_group(room)
    url = f"/documents/{await document_of(room, group)}/scan"
    officer, caseworker = staff("intake_officer"), staff("caseworker")
    await assign(room, group, group.coordinator, officer, caseworker)
    async with room.client(group.coordinator) as client:
        await client.post(url, content=pdf(), headers=PDF)
    for actor, sees, adds in ((staff("coordinator"), 404, 404), (officer, 403, 403), (caseworker, 200, 403)):
        async with room.client(actor) as client:
            assert (await client.get(url)).status_code == sees
            assert (await client.post(url, content=pdf(), headers=PDF)).status_code == adds
    assert len(await room.rows(select(FILES.c.id))) == 1


async def test_looks_and_changes_of_scans_are_audited(room: Room) -> None:
    """Who added and who saw a scan of which document stands on the audit log."""
    group = await open_group(room)
    document = await document_of(room, group)
    async with room.client(group.coordinator) as client:
        scan = (await client.post(f"/documents/{document}/scan", content=pdf(), headers=PDF)).json()["id"]
        await client.get(f"/documents/{document}/scan")
    rows = await room.rows(select(AUDIT.c.verb, AUDIT.c.subjects).where(AUDIT.c.verb.in_(["add_scan", "see_scan"])))
    assert [row["verb"] for row in rows] == ["add_scan", "see_scan"]
    assert all(one in row["subjects"] for row in rows for one in (group.people[0], document, scan))


async def test_erasing_a_person_ends_their_scans(room: Room) -> None:
    """With the key of the person gone the scan is gone, for whoever may see the case too."""
    group = await open_group(room)
    url = f"/documents/{await document_of(room, group)}/scan"
    async with room.client(group.coordinator) as client:
        await client.post(url, content=pdf(), headers=PDF)
        await room.vault.destroy(group.people)
        assert (await client.get(url)).status_code == 404
        assert (await client.post(url, content=pdf(), headers=PDF)).status_code == 404
