"""The composition root of logistics."""

from pathlib import Path

from services.logistics import consumers
from services.logistics.database import metadata
from services.logistics.documents import actions as documents
from services.logistics.documents import routes as document_routes
from services.logistics.journeys.actions import check_ins, splits
from services.logistics.journeys.routes import journeys as journey_routes
from services.logistics.journeys.routes import splits as split_routes
from services.logistics.safe_houses.actions import stays
from services.logistics.safe_houses.routes import houses as house_routes
from services.logistics.safe_houses.routes import stays as stay_routes
from services.logistics.settings import LogisticsSettings
from services.logistics.travellers import routes as traveller_routes
from shared.runtime import Blueprint
from shared.web import parked, timeline


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
            timeline.routes(door),
            parked.routes(door, inbox),
        ],
        handlers=consumers.handlers(),
        timers={
            stays.HOLD_EXPIRY: stays.expire,
            documents.ENTRY_OPENS: documents.open_entry,
            check_ins.CHECK_IN_DUE: check_ins.climb,
            splits.SPLIT_EXPIRY: splits.expire,
        },
    )
