"""The table of terms and every query on it.

Rule: each term has the same number of rows whatever it is, one per image and the rest images of nothing, so that the
table tells neither names from numbers nor how many words a name has. The words themselves lie beside the image under
the key of what they lead to: an index is made anew from them when the blind key turns over, and shown from them.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import (
    Column,
    Index,
    Integer,
    Select,
    String,
    Table,
    and_,
    case,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)

from services.intake.database import metadata
from services.intake.search.model import About, Hit, Kind, Match, Term
from shared.access import Actor, assigned_cases, opened_cases, staff_with, visible_cases
from shared.database import Slice, ident, paged
from shared.vault import Blind, BlindIndex, BlindSource, Ciphertext, Encrypted, SubjectCipher, Vault, blinding
from shared.vault.blinding import SOUNDS
from shared.work import Work

PLACES = 1 + SOUNDS
"""Rows of a term: at place 0 how it is written, behind it how else it may be meant."""

STEP = 256
"""Words are padded to a multiple of this many bytes."""

WITH_PEOPLE = ("intake_officer", "caseworker", "coordinator", "programme_officer", "settlement_worker")
"""Who works with the people of a case, and so may find them by name."""

TERMS = Table(
    "search_terms",
    metadata,
    Column("subject_id", ident(), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("place", Integer, primary_key=True),
    Column("about", String(8), nullable=False),
    Column("case_id", ident()),
    Column("words", Encrypted, nullable=False),
    Column("image", BlindIndex, nullable=False),
    Index(None, "image"),
    Index(None, "case_id"),
)


def visible_to(actor: Actor, now: datetime) -> Select[Any]:
    """The terms that the actor may be shown: code names of cases they may see; people and requests of cases where
    they see people unmasked; requests that are no case yet for intake officers."""
    case_id, about = TERMS.c.case_id, TERMS.c.about
    works = or_(
        and_(case_id.in_(assigned_cases(actor)), staff_with(actor, *WITH_PEOPLE)),
        case_id.in_(opened_cases(actor, now)),
    )
    waits = and_(about == "request", case_id.is_(None), staff_with(actor, "intake_officer"))
    named = and_(about == "case", case_id.in_(visible_cases(actor, now)))
    return select(TERMS).where(or_(named, and_(about != "case", works), waits))


async def write(work: Work, about: About, terms: Sequence[Term]) -> None:
    """These are the terms of it; what was there before is gone."""
    await forget(work, [about.id])
    cipher = await work.cipher(about.id)
    rows = [
        {
            "subject_id": about.id,
            "number": number,
            "place": place,
            "about": about.kind,
            "case_id": about.case_id,
            "words": _sealed(cipher, about.id, number, place, term),
            "image": image or work.vault.blind_nothing(),
        }
        for number, term in enumerate(terms)
        for place, image in enumerate(_images(work.vault, term))
    ]
    if rows:
        await work.execute(insert(TERMS), rows)


async def attach(work: Work, subject_ids: Collection[str], case_id: str | None) -> None:
    """They belong to this case from now on, or to none."""
    await work.execute(update(TERMS).where(TERMS.c.subject_id.in_(subject_ids)).values(case_id=case_id))


async def forget(work: Work, subject_ids: Collection[str]) -> None:
    await work.execute(delete(TERMS).where(TERMS.c.subject_id.in_(subject_ids)))


async def find(work: Work, said: str, after: str | None, limit: int) -> Slice[Hit]:
    """What the actor may see and these words lead to: as written first, then what may be meant."""
    images = _looked_for(work.vault, said)
    of_each = (
        TERMS.c.subject_id.label("id"),
        TERMS.c.about,
        TERMS.c.case_id,
        func.min(case((TERMS.c.place == 0, 0), else_=1)).label("rank"),
    )
    visible = visible_to(work.actor, work.now).where(TERMS.c.image.in_(images))
    found = visible.with_only_columns(*of_each).group_by(TERMS.c.subject_id, TERMS.c.about, TERMS.c.case_id).subquery()
    rows = (await work.execute(paged(select(found), (found.c.rank, found.c.id), after, limit))).all()
    return Slice.of(rows, limit, await _hits(work, rows, images) if rows else [])


async def _hits(work: Work, rows: Sequence[Any], images: Sequence[Blind]) -> list[Hit]:
    """With the words that matched, and the code names of their cases; who was erased meanwhile is left out."""
    ids, cases = [row.id for row in rows], {row.case_id for row in rows if row.case_id}
    named = and_(TERMS.c.about == "case", TERMS.c.place == 0, TERMS.c.subject_id.in_(cases))
    matched = and_(TERMS.c.subject_id.in_(ids), TERMS.c.image.in_(images))
    order = (TERMS.c.subject_id, TERMS.c.number, TERMS.c.place)
    terms = (await work.execute(select(TERMS).where(or_(named, matched)).order_by(*order))).all()
    ciphers = await work.ciphers({term.subject_id for term in terms})
    opened = [(term, _opened(ciphers[term.subject_id], term)) for term in terms if term.subject_id in ciphers]
    names = {term.subject_id: words.said for term, words in opened if term.about == "case" and term.place == 0}
    matches: dict[str, dict[int, Match]] = {}
    for term, words in opened:
        if term.image in images:
            of_it = matches.setdefault(term.subject_id, {})
            of_it.setdefault(term.number, Match(words.kind, words.said, term.place == 0))
    return [
        Hit(About(row.about, row.id, row.case_id), names.get(row.case_id), tuple(matches[row.id].values()))
        for row in rows
        if row.id in matches
    ]


def _forms(kind: Kind, said: str) -> list[tuple[str, str]]:
    """The index and the value of each image of a term; the first is how it is written."""
    if kind == "name":
        written = [("search.name", blinding.spelled(said))] if blinding.spelled(said) else []
        return [*written, *(("search.sound", sound) for sound in blinding.sounds(said))]
    if kind == "contact":
        return [("search.contact", one) for one in blinding.contacts(said)]
    return [("search.code_name", blinding.compared(said))]


def _images(vault: Vault, term: Term) -> list[Blind | None]:
    images: list[Blind | None] = [vault.blind(*form) for form in _forms(term.kind, term.said)[:PLACES]]
    return images + [None] * (PLACES - len(images))


def _looked_for(vault: Vault, said: str) -> list[Blind]:
    """Whatever the words may be, under every blind key that is known."""
    kinds: tuple[Kind, ...] = ("name", "contact", "code_name")
    return [image for kind in kinds for form in _forms(kind, said) for image in vault.blinds(*form)]


def _sealed(cipher: SubjectCipher, subject_id: str, number: int, place: int, term: Term) -> Ciphertext:
    words = orjson.dumps([term.kind, term.said])
    return cipher.encrypt(_context(subject_id, number, place), words.ljust(-(-len(words) // STEP) * STEP))


def _opened(cipher: SubjectCipher, row: Any) -> Term:
    return Term(*cipher.decrypt_json(_context(row.subject_id, row.number, row.place), row.words))


def _context(subject_id: str, number: int, place: int) -> str:
    return f"search_terms.words/{subject_id}/{number}/{place}"


def _image_again(vault: Vault, row: Any, words: bytes) -> dict[str, Blind]:
    image = _images(vault, Term(*orjson.loads(words)))[row.place]
    return {} if image is None else {"image": image}


BLIND = BlindSource(TERMS.c.words, TERMS.c.subject_id, _image_again)
