"""The composition root of settlement."""

from collections.abc import Sequence
from pathlib import Path

from services.settlement import consumers
from services.settlement.database import metadata
from services.settlement.newcomers import routes as newcomers
from services.settlement.plans import routes as plans
from services.settlement.plans import store as plan_store
from services.settlement.plans.actions import unread
from services.settlement.programmes import routes as programmes
from services.settlement.programmes.actions.disclosures import DISCLOSURE
from services.settlement.programmes.actions.submissions import CONSENT_ENDS, heed_end_of_consent
from services.settlement.programmes.store import disclosures as disclosure_store
from services.settlement.programmes.store import programmes as programme_store
from services.settlement.programmes.store import submissions as submission_store
from services.settlement.reception import routes as reception
from services.settlement.reception import store as reception_store
from services.settlement.reception.actions import RECEPTION_ENDS, case_of, end, forget
from services.settlement.settings import SettlementSettings
from shared import approving
from shared.audit import AuditEntry
from shared.contracts.settlement import ErasureCompleted, EventsPurged, GlassBroken
from shared.erasing.steps import Forgetting
from shared.runtime import Blueprint
from shared.unknown import Unseen, ids_among, named
from shared.web import approvals, audit, glass, parked, timeline
from shared.work import Work

ACTS = (DISCLOSURE,)
"""What cannot be done alone in settlement."""


def compose(settings: SettlementSettings) -> Blueprint:
    """Settlement as its settings say: they say nothing that would change it."""
    return blueprint()


def blueprint() -> Blueprint:
    """Everything that makes settlement settlement."""
    return Blueprint(
        name="settlement",
        home=Path(__file__).parent,
        metadata=metadata,
        routers=lambda door, inbox: [
            reception.routes(door),
            plans.routes(door),
            programmes.routes(door),
            newcomers.routes(door),
            glass.routes(door, glass.told_by(GlassBroken)),
            timeline.routes(door, unknown_on_timelines),
            audit.routes(door, unknown),
            approvals.routes(door, ACTS),
            parked.routes(door, inbox),
        ],
        handlers=consumers.handlers(),
        timers={**approving.timers(ACTS), CONSENT_ENDS: heed_end_of_consent, RECEPTION_ENDS: end},
        forgetting=Forgetting(
            forget,
            case_of,
            purged=EventsPurged,
            completed=ErasureCompleted,
        ),
    )


async def unknown(work: Work, rows: Sequence[AuditEntry]) -> Unseen:
    """What rows of the log tell of sealed programmes whose list is without the actor, and of what happened there."""
    stores = (programme_store, submission_store, disclosure_store, plan_store, reception_store)
    ids = named(rows)
    hidden = [await ids_among(work, store.hidden_from(work.actor.id), ids) for store in stores]
    # A look at a list names the programmes that seal it, so that what was on it stays hidden when it is erased.
    lists = {place for place, row in enumerate(rows) if row.case_id and not hidden[0].isdisjoint(row.subjects)}
    return Unseen(frozenset().union(*hidden), frozenset(lists))


async def unknown_on_timelines(work: Work, rows: Sequence[AuditEntry]) -> Unseen:
    """The same, and what is written of plans for who may not read them."""
    return await unknown(work, rows) | await unread(work, rows)
