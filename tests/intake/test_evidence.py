"""Evidence: kept as it came, handed on in a chain that only grows, compared at every look, copied without metadata."""

import hashlib
import zlib
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
from sqlalchemy import delete, select, update

from services.intake.testimony.model import evidence as model
from services.intake.testimony.model.evidence import Handover
from services.intake.testimony.store.evidence import CUSTODY
from services.intake.testimony.stripping import stripped
from shared.audit import AUDIT
from shared.vault import Ciphertext
from shared.vault.files import FILE_CHUNKS
from tests.intake.telling import change, changed, open_office, take
from tests.support.room import NOON, Room, problem

THING = {"description": "A photograph of the cellar.", "received_from": "The witness, by messenger."}
HANDED = {"given_by": "N. of the partner", "received_by": "The notary", "reason": "To be attested."}


def chunk(name: bytes, data: bytes) -> bytes:
    return len(data).to_bytes(4) + name + data + zlib.crc32(name + data).to_bytes(4)


def picture(*metadata: bytes) -> bytes:
    """A PNG of one grey point, with these parts before the picture."""
    head = chunk(b"IHDR", (1).to_bytes(4) + (1).to_bytes(4) + bytes([8, 0, 0, 0, 0]))
    data = chunk(b"IDAT", zlib.compress(b"\0\x80"))
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(metadata) + data + chunk(b"IEND", b"")


PLACE = b"43.29 N 45.87 E"
PHOTO = picture(chunk(b"tEXt", b"Location\0" + PLACE), chunk(b"eXIf", b"MM\0*" + PLACE))


async def keep(client: httpx.AsyncClient, statement_id: str, content: bytes = PHOTO) -> dict[str, Any]:
    registered = (await client.post(f"/statements/{statement_id}/evidence", json=THING)).json()
    path, headers = f"/evidence/{registered['id']}/content", {"Content-Type": "image/png"}
    kept = await client.post(path, content=content, headers=headers)
    assert kept.status_code == 201, kept.text
    return dict(kept.json())


async def test_content_whose_answer_was_lost_is_sent_again(room: Room) -> None:
    """Under the same key it gets the same answer, and is there once; under another it is refused."""
    office = await open_office(room)
    async with room.client(office.worker) as client:
        statement = await take(client, office.case_id, office.people[0])
        thing = {"description": "Photograph of a door", "received_from": "The witness"}
        made = (await client.post(f"/statements/{statement['id']}/evidence", json=thing)).json()
        url, sent = f"/evidence/{made['id']}/content", {"Content-Type": "image/png", "Idempotency-Key": "a" * 32}
        first, again = [await client.post(url, content=PHOTO, headers=sent) for _ in range(2)]
        other = await client.post(url, content=PHOTO, headers={**sent, "Idempotency-Key": "b" * 32})
    assert (first.status_code, again.status_code, problem(other)) == (201, 201, (409, "content_kept"))
    assert first.json() == again.json()


async def test_evidence_is_kept_as_it_came_and_handed_on(room: Room) -> None:
    """The hash is that of the bytes that came; the chain says who had it; nothing replaces the content."""
    office = await open_office(room)
    async with room.client(office.worker) as client:
        evidence = await keep(client, (await take(client, office.case_id, office.people[0]))["id"])
        path = f"/evidence/{evidence['id']}"
        assert evidence["digest"] == hashlib.sha256(PHOTO).hexdigest()
        other = await client.post(f"{path}/content", content=picture(), headers={"Content-Type": "image/png"})
        assert problem(other) == (409, "content_kept")
        looked = await changed(client, f"{path}/handovers", HANDED, evidence["version"])
        assert (await change(client, f"{path}/handovers", HANDED, evidence["version"])).status_code == 412
        assert (await client.get(f"{path}/content")).content == PHOTO
    assert [(it["number"], it["given_by"], it["received_by"]) for it in looked["custody"]] == [
        (1, "The witness, by messenger.", office.worker.id),
        (2, "N. of the partner", "The notary"),
    ]
    assert (looked["content_intact"], looked["chain_intact"]) == (True, True)


async def test_a_changed_byte_is_told_at_the_next_look(room: Room) -> None:
    """One byte of what is stored is enough; then the content is neither handed out nor copied, and it is on the log."""
    office = await open_office(room)
    async with room.client(office.worker) as client:
        evidence = await keep(client, (await take(client, office.case_id, office.people[0]))["id"])
        path = f"/evidence/{evidence['id']}"
        (row,) = await room.rows(select(FILE_CHUNKS))
        box = bytearray(row["box"].box)
        box[40] ^= 1
        flipped = update(FILE_CHUNKS).values(box=Ciphertext(bytes(box)))
        await room.database.transact(lambda tx: tx.execute(flipped))
        looked = (await client.get(path)).json()
        assert (looked["content_intact"], looked["chain_intact"]) == (False, True)
        assert problem(await client.get(f"{path}/content")) == (409, "evidence_changed")
        assert problem(await client.post(f"{path}/copies")) == (409, "evidence_changed")
    assert len(await room.rows(select(AUDIT).where(AUDIT.c.verb == "find_evidence_changed"))) == 1


async def test_an_entry_left_out_of_the_chain_is_told(room: Room) -> None:
    """Also the last one, which nothing follows; and nothing is added to a broken chain."""
    office = await open_office(room)
    async with room.client(office.worker) as client:
        evidence = await keep(client, (await take(client, office.case_id, office.people[0]))["id"])
        path = f"/evidence/{evidence['id']}"
        looked = await changed(client, f"{path}/handovers", HANDED, evidence["version"])
        await room.database.transact(lambda tx: tx.execute(delete(CUSTODY).where(CUSTODY.c.number == 2)))
        found = (await client.get(path)).json()
        assert (found["content_intact"], found["chain_intact"]) == (True, False)
        more = await change(client, f"{path}/handovers", HANDED, looked["version"])
        assert problem(more) == (409, "chain_broken")


def test_a_chain_is_whole_only_as_it_was_written() -> None:
    """For whoever could write anew what is encrypted: no entry can be changed, moved or left out unseen."""
    chain: list[Handover] = []
    for number, giver in enumerate(("The witness", "A friend", "The notary"), start=1):
        head = chain[-1].link if chain else model.START
        chain.append(model.hand_over(head, number, (giver, "The safe", "To be kept."), NOON, "a" * 32))
    one, two, three = chain
    assert model.is_whole(chain, three.link)
    for facts in ({"given_by": "Nobody"}, {"reason": "Lost."}, {"at": NOON + timedelta(hours=1)}, {"number": 4}):
        assert not model.is_whole([one, replace(two, **facts), three], three.link), facts
    for forged in ([one, three], [two, one, three], [one, two], []):
        assert not model.is_whole(forged, three.link)


async def test_a_copy_without_metadata_stands_beside_the_original(room: Room) -> None:
    """The place where it was taken stays in the evidence and is in no copy; the copy says what it was made from."""
    office = await open_office(room)
    async with room.client(office.worker) as client:
        statement = await take(client, office.case_id, office.people[0])
        evidence = await keep(client, statement["id"])
        asked = await client.post(f"/evidence/{evidence['id']}/copies")
        assert (asked.status_code, asked.json()["state"]) == (202, "waiting")
        assert await room.compute() == 1
        assert (await client.get(f"/runs/{asked.json()['id']}")).json()["state"] == "done"
        items = (await client.get(f"/statements/{statement['id']}/evidence")).json()["items"]
        original, copied = sorted(items, key=lambda it: it["copy_of"] is not None)
        assert (copied["copy_of"], copied["digest"]) == (original["id"], hashlib.sha256(picture()).hexdigest())
        assert (await client.get(f"/evidence/{copied['id']}/content")).content == picture()
        assert PLACE in (await client.get(f"/evidence/{original['id']}/content")).content
        broken = await keep(client, statement["id"], PHOTO[:-20])
        failed = (await client.post(f"/evidence/{broken['id']}/copies")).json()
        await room.compute()
        run = (await client.get(f"/runs/{failed['id']}")).json()
        assert (run["state"], run["why"]) == ("failed", "picture_broken")


def test_a_jpeg_is_copied_without_its_metadata() -> None:
    """EXIF, comments and every other application part go; tables, frame and scan stay byte for byte."""

    def part(marker: int, data: bytes) -> bytes:
        return bytes([0xFF, marker]) + (len(data) + 2).to_bytes(2) + data

    frame, tables = part(0xC0, bytes(15)), part(0xDB, bytes(65)) + part(0xC4, bytes(28))
    scan = part(0xDA, bytes(10)) + b"\x12\xff\x00\x34\xff\xd0\x56"
    plain = b"\xff\xd8" + tables + frame + scan + b"\xff\xd9"
    told = (
        b"\xff\xd8" + part(0xE1, b"Exif\0\0" + PLACE) + tables + part(0xFE, PLACE) + frame + scan + b"\xff\xd9" + PLACE
    )
    assert stripped(told) == plain
