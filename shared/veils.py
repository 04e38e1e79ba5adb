"""The table of the veils that a service was told of.

Rule: a veil is written for everybody, equally often and equally long, so that no row tells who is veiled. What cannot
be opened hides from all. Whether something is hidden is found out by the same queries, keys and decryptions as whether
it is there at all, and before anything else of it is read.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import orjson
from sqlalchemy import Column, MetaData, Select, Table, delete, select, update

from shared.database import Instant, ident, insert_for
from shared.vault import Ciphertext, Encrypted, SubjectCipher
from shared.veil import LIST, SHUT, Veil
from shared.work import Work

PADDED = 2432

STEP = 32
"""How many veils are opened at a time to find out whether something is hidden; what is missing is made up for."""

NOBODY = "0" * 32
"""An id that has no key: it is asked for with every other, so that a key is looked for whether or not one is known."""


class Veils:
    """The veils that one service was told of: one row per person, under the key of the case."""

    def __init__(self, metadata: MetaData) -> None:
        self.table = Table(
            "veils",
            metadata,
            Column("person_id", ident(), primary_key=True),
            Column("case_id", ident(), nullable=False, index=True),
            Column("terms", Encrypted, nullable=False),
            Column("told_at", Instant, nullable=False),
        )

    async def draw(self, work: Work, cipher: SubjectCipher, case_id: str, person_id: str, veil: Veil) -> None:
        """What settlement said last; a veil that stays keeps the instant since when it has been there."""
        before = (await self.of(work, [person_id])).get(person_id)
        since = before.since if before is not None and before.veiled and veil.veiled else veil.since
        where = await self._case_of(work, person_id)
        # Who moved meanwhile has their veil under the key of the case they are on, whatever case they were told of by.
        cipher = cipher if where in (None, case_id) else await work.cipher(where)
        box = _box(cipher, person_id, Veil(veil.veiled, veil.may_look, since))
        insert = insert_for(work.dialect, self.table)
        told = {"terms": insert.excluded.terms, "told_at": insert.excluded.told_at}
        row = {"person_id": person_id, "case_id": case_id, "terms": box, "told_at": veil.since}
        await work.execute(insert.on_conflict_do_update(index_elements=["person_id"], set_=told), row)

    async def follow(self, work: Work, cipher: SubjectCipher, case_id: str, person_ids: Collection[str]) -> None:
        """They are on this case from now on, under whose key their veils are written anew. cipher: of the case."""
        for person_id, veil in (await self.of(work, person_ids)).items():
            moved = {"case_id": case_id, "terms": _box(cipher, person_id, veil)}
            await work.execute(update(self.table).where(self.table.c.person_id == person_id).values(moved))

    async def _case_of(self, work: Work, person_id: str) -> str | None:
        found = await work.execute(select(self.table.c.case_id).where(self.table.c.person_id == person_id))
        case_id: str | None = found.scalar_one_or_none()
        return case_id

    async def forget(self, work: Work, person_id: str) -> None:
        """They were erased."""
        await work.execute(delete(self.table).where(self.table.c.person_id == person_id))

    async def of(self, work: Work, person_ids: Collection[str]) -> dict[str, Veil]:
        """The veils of these people; who was never told of has none."""
        query = select(self.table).where(self.table.c.person_id.in_(person_ids))
        return {row.person_id: veil for row, veil in await self._opened(work, query)}

    async def of_cases(self, work: Work, case_ids: Collection[str]) -> dict[str, list[Veil]]:
        """By case: the veils of everybody on it who was told of."""
        found: dict[str, list[Veil]] = {case_id: [] for case_id in case_ids}
        query = select(self.table).where(self.table.c.case_id.in_(case_ids))
        for row, veil in await self._opened(work, query.order_by(self.table.c.person_id)):
            found[row.case_id].append(veil)
        return found

    async def over(
        self, work: Work, asked: Select[Any], by: Literal["person_id", "case_id"]
    ) -> list[tuple[Any, Veil | None]]:
        """What one id names, with the veils of the people, or of everybody on the case, that its rows name.

        The same is done whatever is found: as much as for `STEP` veils, and in a larger group for twice as many.
        """
        found, drawn = asked.subquery(), self.table.c
        veil = (drawn.person_id.label("veiled_person"), drawn.case_id.label("veiled_case"), drawn.terms)
        joined = found.outerjoin(self.table, found.c[by] == drawn[by])
        rows = (await work.execute(select(found, *veil).select_from(joined))).all()
        ciphers = await work.ciphers({NOBODY, *(row.veiled_case for row in rows if row.terms is not None)})
        opened = sum(row.veiled_case in ciphers for row in rows)
        open_nothing(work, -opened % STEP if opened else STEP)
        return [(row, _over(ciphers.get(row.veiled_case), row)) for row in rows]

    async def hiding(self, work: Work, told: Mapping[int, Collection[str]]) -> frozenset[int]:
        """The places of what is behind the veil of somebody whom it is about, by place; of who was erased, of all."""
        veils = await self.of(work, {person_id for people in told.values() for person_id in people})
        shut = {it for people in told.values() for it in people if veils.get(it, SHUT).hides_from(work.actor.id)}
        return frozenset(place for place, people in told.items() if not shut.isdisjoint(people))

    async def _opened(self, work: Work, query: Any) -> list[tuple[Any, Veil]]:
        rows = (await work.execute(query)).all()
        ciphers = await work.ciphers({row.case_id for row in rows})
        return [(row, _veil(ciphers.get(row.case_id), row.person_id, row.terms)) for row in rows]


def open_nothing(work: Work, times: int) -> None:
    """Decrypt as if there were something, this many times."""
    own = work.vault.own()
    box = own.encrypt("veils.nothing", b" " * PADDED)
    for _ in range(times):
        own.decrypt("veils.nothing", box)


def filled(work: Work, about: str, may_look: Collection[str]) -> tuple[str, ...]:
    """A list as it is told, always of one length; the same nobodies each time, so that no two tell who is real."""
    images = [work.vault.blind("veils.nobody", f"{about}/{place}").image for place in range(LIST - len(may_look))]
    return tuple(sorted([*may_look, *(UUID(bytes=image[:16], version=4).hex for image in images)]))


def _box(cipher: SubjectCipher, person_id: str, veil: Veil) -> Ciphertext:
    raw = orjson.dumps([int(veil.veiled), sorted(veil.may_look), veil.since]).ljust(PADDED)
    return cipher.encrypt(f"veils.terms/{person_id}", raw)


def _over(cipher: SubjectCipher | None, row: Any) -> Veil | None:
    return None if row.terms is None else _veil(cipher, row.veiled_person, row.terms)


def _veil(cipher: SubjectCipher | None, person_id: str, box: Ciphertext) -> Veil:
    if cipher is None:
        return SHUT
    veiled, may_look, since = cipher.decrypt_json(f"veils.terms/{person_id}", box)
    return Veil(bool(veiled), frozenset(may_look), datetime.fromisoformat(since))
