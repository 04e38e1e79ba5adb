"""The composition root of settlement."""

from pathlib import Path

from services.settlement import consumers
from services.settlement.database import metadata
from services.settlement.newcomers import routes as newcomers
from services.settlement.plans import routes as plans
from services.settlement.programmes import routes as programmes
from services.settlement.programmes.actions.disclosures import DISCLOSURE_EXPIRES, expire
from services.settlement.programmes.actions.submissions import CONSENT_ENDS, heed_end_of_consent
from services.settlement.reception import routes as reception
from services.settlement.reception.actions import RECEPTION_ENDS, end
from services.settlement.settings import SettlementSettings
from shared.runtime import Blueprint
from shared.web import parked, timeline


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
            timeline.routes(door),
            parked.routes(door, inbox),
        ],
        handlers=consumers.handlers(),
        timers={CONSENT_ENDS: heed_end_of_consent, DISCLOSURE_EXPIRES: expire, RECEPTION_ENDS: end},
    )
