"""What can be done with the figures of a sealed programme: propose to say them in public, sign, look.

Rule: two people on the list sign the same preview. If the numbers moved between the two, it has to be proposed anew.
Who does not consent to being counted in public is in no number.
What is told of a publication is the signed figures only, never whose they are; unless it opens the programme itself,
which lifts the veil from everybody who came through it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta

import orjson

from services.settlement.newcomers import actions as newcomers
from services.settlement.newcomers.model import Purpose
from services.settlement.programmes.actions import seal
from services.settlement.programmes.actions.telling import tell_pathway, tell_sight
from services.settlement.programmes.model import disclosure as model
from services.settlement.programmes.model.disclosure import Counted, Disclosure, Figure, Preview
from services.settlement.programmes.model.submissions import SHOWN
from services.settlement.programmes.store import disclosures as store
from services.settlement.programmes.store import outcomes, programmes, submissions
from shared.access import Approval, Resource
from shared.approving import Act, propose
from shared.approving import sign as sign_approval
from shared.clock import new_id
from shared.contracts.fields import Sealed
from shared.contracts.settlement import DisclosedFigure, FigureRelease, FiguresDisclosed
from shared.errors import conflict
from shared.work import Work

IN_PUBLIC: Purpose = "public_statistics"


async def _subject(work: Work, approval: Approval) -> Resource:
    disclosure, _ = await store.load(work, approval.subject_id)
    return await seal.programme_resource(work, await programmes.load(work, disclosure.programme_id))


DISCLOSURE = Act(
    "disclosure",
    model.OPEN_FOR,
    "sign_disclosure",
    "see_disclosure",
    "/disclosures/{subject_id}/signatures",
    _subject,
    store.near,
)
"""Without a case: whose figures they are is nobody's business who is not on the list."""


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
        return Preview(figures, cells, date.fromisoformat(raw["as_of"]), raw["source"], raw["opens"])


async def propose_disclosure(
    work: Work, programme_id: str, figures: Sequence[Figure], as_of: date, source: str, *, opens: bool = False
) -> Proposal:
    """Propose to say figures with the people of a sealed programme, or to open it altogether.

    Errors: Refusal not_found, forbidden, invalid; conflict not_sealed.
    """
    await seal.permit(work, "propose_disclosure", programme_id, programme_id)
    programme = await programmes.load(work, programme_id)
    model.check_proposal(figures, as_of, work.now.date(), opens=opens, programme_open=programme.open)
    preview = await _preview(work, programme_id, figures, as_of, source)
    content = replace(preview, opens=opens).canonical()
    disclosure_id = new_id()
    approval = await propose(work, DISCLOSURE, disclosure_id, content, about=[programme_id])
    made = Disclosure(disclosure_id, programme_id, approval.id, "proposed", work.actor.id, approval.expires_at)
    await store.add(work, made, content)
    return Proposal(made, content)


async def sign(work: Work, disclosure_id: str, seen: str, *, accept: bool) -> Proposal:
    """A second person on the list accepts or rejects what they saw. seen: its digest.

    Errors: Refusal not_found, forbidden; conflict same_person, content_changed, approval_expired, already_decided.
    """
    programme_id = await store.programme_of(work, disclosure_id)
    await seal.permit(work, "sign_disclosure", programme_id, disclosure_id, see="see_disclosure")
    found, content = await store.load(work, disclosure_id)
    programme = await programmes.load(work, found.programme_id)
    # All of them, because what one programme publishes moves the numbers of every other.
    await programmes.lock_undisclosed(work)
    if seen != model.digest(content):
        raise conflict("content_changed", "That is not the digest of what was proposed.")
    signed = await sign_approval(work, DISCLOSURE, found.approval_id, content, approve=accept, about=[programme.id])
    proposal = Proposal(replace(found, state=model.STATES[signed.state]), content)
    if signed.state == "approved":
        await _publish(work, proposal)
    return proposal


async def see_disclosure(work: Work, disclosure_id: str) -> Proposal:
    """Errors: Refusal not_found for who is not on the programme's list."""
    programme_id = await store.programme_of(work, disclosure_id)
    await seal.permit(work, "see_disclosure", programme_id, disclosure_id, see="see_disclosure")
    disclosure, content = await store.load(work, disclosure_id)
    work.audit("see_disclosure", subjects=[disclosure_id])
    return Proposal(disclosure, content)


async def _publish(work: Work, proposal: Proposal) -> None:
    disclosure, preview = proposal.disclosure, proposal.preview
    figures = [signed.figure for signed in preview.figures]
    present = await _preview(work, disclosure.programme_id, figures, preview.as_of, preview.source)
    if replace(present, opens=preview.opens).canonical() != proposal.content:
        raise conflict("figures_moved", "The numbers are no longer those proposed; propose them anew.")
    freed = await _held_back_by(work, disclosure.programme_id, figures)
    await store.release(work, disclosure, preview)
    await programmes.save_seal(work, disclosure.programme_id, "disclosed" if preview.opens else "partly_disclosed")
    _tell_release(work, disclosure.id, preview)
    if preview.opens:
        await _lift(work, disclosure.programme_id)
    for outcome in freed:
        await outcomes.count_now(work, outcome)


async def _lift(work: Work, programme_id: str) -> None:
    for submission in await submissions.live_of_programme(work, programme_id):
        case_id, people = submission.case_id, submission.person_ids
        await tell_pathway(work, case_id, people, SHOWN[submission.state], veiled=False)
        if submission.state == "accepted":
            await tell_sight(work, submission)


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
    reached = await outcomes.reached(work, model.FIGURES)
    consent = await newcomers.consenting(work, sorted({one.person_id for one in reached}), IN_PUBLIC)
    people = [
        Counted(outcome.figure, outcome.person_id in through)
        for outcome in reached
        if outcome.person_id in consent
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
