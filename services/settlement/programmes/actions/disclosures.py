"""What can be done with the figures of a sealed programme: propose to say them in public, sign, look.

Rule: two people on the list sign the same preview. If the numbers moved between the two, it has to be proposed anew.
What is told of a publication is the signed figures only, never whose they are.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta

import orjson

from services.settlement.programmes.actions import seal
from services.settlement.programmes.model import disclosure as model
from services.settlement.programmes.model.disclosure import Counted, Disclosure, Figure, Preview
from services.settlement.programmes.store import disclosures as store
from services.settlement.programmes.store import outcomes, programmes
from shared.access import consume, expire_due, propose
from shared.access import decide as sign_approval
from shared.clock import new_id
from shared.contracts.fields import Sealed
from shared.contracts.settlement import DisclosedFigure, FigureRelease, FiguresDisclosed
from shared.errors import conflict
from shared.work import Work

KIND = "disclosure"
DISCLOSURE_EXPIRES = "disclosure_expires"


@dataclass(frozen=True)
class Proposal:
    """A disclosure with the content that is signed."""

    disclosure: Disclosure
    content: bytes

    @property
    def preview(self) -> Preview:
        raw = orjson.loads(self.content)
        figures = tuple(model.Value(**value) for value in raw["figures"])
        cells = tuple(model.Cell(**cell) for cell in raw["derivable"])
        return Preview(figures, cells, date.fromisoformat(raw["as_of"]), raw["source"])


async def propose_disclosure(
    work: Work, programme_id: str, figures: Sequence[Figure], as_of: date, source: str
) -> Proposal:
    """Propose to say figures with the people of a sealed programme. Errors: Refusal not_found, forbidden, invalid."""
    programme = await programmes.load(work, programme_id)
    work.permit("propose_disclosure", await seal.programme_resource(work, programme), see="see_programme")
    model.check_proposal(figures, as_of, work.now.date(), programme_open=programme.open)
    content = (await _preview(work, programme_id, figures, as_of, source)).canonical()
    disclosure_id, expires_at = new_id(), work.now + model.OPEN_FOR
    approval_id = await propose(
        work,
        kind=KIND,
        subject_id=disclosure_id,
        content=content,
        by=work.actor,
        at=work.now,
        expires_at=expires_at,
        new_id=new_id,
    )
    made = Disclosure(disclosure_id, programme_id, approval_id, "proposed", work.actor.id, expires_at, 1)
    await store.add(work, made, content)
    await work.at(expires_at, DISCLOSURE_EXPIRES, disclosure_id)
    work.audit("propose_disclosure", subjects=[disclosure_id, programme_id])
    return Proposal(made, content)


async def sign(work: Work, disclosure_id: str, seen: str, *, accept: bool) -> Proposal:
    """A second person on the list accepts or rejects what they saw. seen: its digest.

    Errors: Refusal not_found, forbidden; conflict same_person, content_changed, approval_expired, already_decided.
    """
    found, content = await store.load(work, disclosure_id)
    programme = await programmes.load(work, found.programme_id)
    work.permit("sign_disclosure", await seal.programme_resource(work, programme), see="see_disclosure")
    # All of them, because what one programme publishes moves the numbers of every other.
    await programmes.lock_undisclosed(work)
    if seen != model.digest(content):
        raise conflict("content_changed", "That is not the digest of what was proposed.")
    signed = await sign_approval(work, found.approval_id, content=content, by=work.actor, approve=accept, at=work.now)
    state: model.State = "published" if signed == "approved" else "rejected"
    proposal = Proposal(replace(found, state=state, version=found.version + 1), content)
    await store.save_state(work, disclosure_id, state)
    await work.cancel(DISCLOSURE_EXPIRES, disclosure_id)
    if state == "published":
        await _publish(work, proposal)
    work.audit(f"{'sign' if accept else 'reject'}_disclosure", subjects=[disclosure_id, programme.id])
    return proposal


async def expire(work: Work, disclosure_id: str) -> None:
    """Nobody signed in time; fires as a timer."""
    await programmes.lock_undisclosed(work)
    disclosure, _ = await store.load(work, disclosure_id)
    await expire_due(work, work.now)
    if disclosure.state == "proposed" and disclosure.expires_at <= work.now:
        await store.save_state(work, disclosure_id, "expired")
        work.audit("expire_disclosure", subjects=[disclosure_id, disclosure.programme_id])


async def see_disclosure(work: Work, disclosure_id: str) -> Proposal:
    """Errors: Refusal not_found for who is not on the programme's list."""
    disclosure, content = await store.load(work, disclosure_id)
    programme = await programmes.load(work, disclosure.programme_id)
    work.permit("see_disclosure", await seal.programme_resource(work, programme), see="see_disclosure")
    work.audit("see_disclosure", subjects=[disclosure_id])
    return Proposal(disclosure, content)


async def _publish(work: Work, proposal: Proposal) -> None:
    disclosure, preview = proposal.disclosure, proposal.preview
    figures = [signed.figure for signed in preview.figures]
    present = await _preview(work, disclosure.programme_id, figures, preview.as_of, preview.source)
    if present.canonical() != proposal.content:
        raise conflict("figures_moved", "The numbers are no longer those proposed; propose them anew.")
    content, at = proposal.content, work.now
    await consume(work, disclosure.approval_id, kind=KIND, subject_id=disclosure.id, content=content, at=at)
    freed = await _held_back_by(work, disclosure.programme_id, figures)
    await store.release(work, disclosure, preview)
    await programmes.save_seal(work, disclosure.programme_id, "partly_disclosed")
    _tell_release(work, disclosure.id, preview)
    for outcome in freed:
        await outcomes.count_now(work, outcome)


def _tell_release(work: Work, release_id: str, preview: Preview) -> None:
    figures = tuple(
        DisclosedFigure(
            figure=signed.figure,
            value=signed.value,
            definition=model.DEFINITIONS[signed.figure],
            as_of=preview.as_of,
            source=preview.source,
        )
        for signed in preview.figures
    )
    release = Sealed.of(release_id, FigureRelease(figures=figures))
    work.emit(FiguresDisclosed(release_id=release_id, at=work.now, release=release))


async def _preview(work: Work, programme_id: str, figures: Sequence[Figure], as_of: date, source: str) -> Preview:
    end = datetime.combine(as_of + timedelta(days=1), time(), UTC)
    through = await outcomes.through(work, programme_id)
    theirs = {(one.person_id, one.figure) for one in await _held_back_by(work, programme_id, figures)}
    people = [
        Counted(outcome.figure, outcome.person_id in through)
        for outcome in await outcomes.reached(work, model.FIGURES)
        if outcome.counted or (outcome.person_id, outcome.figure) in theirs
        if outcome.figure not in figures or outcome.reached_at < end
    ]
    return model.preview(figures, people, await store.last_released(work), as_of, source)


async def _held_back_by(work: Work, programme_id: str, figures: Sequence[Figure]) -> list[outcomes.Outcome]:
    """Everybody whom this programme, and no other, keeps out of the figures."""
    holding = {figure: await outcomes.holding_back(work, figure) for figure in figures}
    return [
        outcome
        for outcome in await outcomes.reached(work, figures)
        if not outcome.counted and holding[outcome.figure].get(outcome.person_id) == {programme_id}
    ]
