"""The composition root of logistics."""

from pathlib import Path

from services.logistics import consumers
from services.logistics.database import metadata
from services.logistics.documents import actions as documents
from services.logistics.documents import routes as document_routes
from services.logistics.journeys.actions import check_ins, erasure, splits, veiling
from services.logistics.journeys.routes import journeys as journey_routes
from services.logistics.journeys.routes import splits as split_routes
from services.logistics.safe_houses.actions import stays
from services.logistics.safe_houses.routes import houses as house_routes
from services.logistics.safe_houses.routes import stays as stay_routes
from services.logistics.settings import LogisticsSettings
from services.logistics.travellers import routes as traveller_routes
from services.logistics.travellers import store as travellers
from shared import approving
from shared.contracts.logistics import ErasureCompleted, EventsPurged, GlassBroken
from shared.erasing.steps import Forgetting
from shared.runtime import Blueprint
from shared.web import approvals, audit, glass, parked, timeline

ACTS = (splits.SPLIT,)
"""What cannot be done alone in logistics."""


def compose(_: LogisticsSettings) -> Blueprint:
    """Logistics as its settings say: they say nothing that changes what it does."""
    return blueprint()


def blueprint() -> Blueprint:
    """Everything that makes logistics logistics."""
    return Blueprint(
        name="logistics",
        home=Path(__file__).parent,
        metadata=metadata,
        routers=lambda door, inbox: [
            journey_routes.routes(door),
            split_routes.routes(door),
            document_routes.routes(door),
            house_routes.routes(door),
            stay_routes.routes(door),
            traveller_routes.routes(door),
            glass.routes(door, glass.told_by(GlassBroken)),
            timeline.routes(door, veiling.unknown),
            audit.routes(door, veiling.unknown),
            approvals.routes(door, ACTS),
            parked.routes(door, inbox),
        ],
        blinds=[travellers.BLIND],
        handlers=consumers.handlers(),
        timers={
            **approving.timers(ACTS),
            stays.HOLD_EXPIRY: stays.expire,
            documents.ENTRY_OPENS: documents.open_entry,
            check_ins.CHECK_IN_DUE: check_ins.climb,
        },
        forgetting=Forgetting(
            erasure.forget,
            erasure.case_of,
            purged=EventsPurged,
            completed=ErasureCompleted,
        ),
    )
