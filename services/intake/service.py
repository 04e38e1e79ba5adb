"""The composition root of intake."""

from pathlib import Path

import orjson
from joserfc.jwk import Key, import_key

from services.intake import consumers
from services.intake.cases import routes as cases
from services.intake.consent import routes as consent
from services.intake.database import metadata
from services.intake.people import routes as people
from services.intake.requests import routes as requests
from services.intake.settings import IntakeSettings
from services.intake.testimony import routes as testimony
from shared.runtime import Blueprint
from shared.web import parked, timeline


def compose(settings: IntakeSettings) -> Blueprint:
    """Intake as its settings say."""
    return blueprint(import_key(orjson.loads(settings.referral_key_file.read_bytes())))


def blueprint(referral_key: Key) -> Blueprint:
    """Everything that makes intake intake. referral_key: opens what partners encrypted for it."""
    return Blueprint(
        name="intake",
        home=Path(__file__).parent,
        metadata=metadata,
        routers=lambda door, inbox: [
            requests.routes(door),
            testimony.routes(door),
            cases.routes(door),
            people.routes(door),
            consent.routes(door),
            timeline.routes(door),
            parked.routes(door, inbox),
        ],
        handlers=consumers.handlers(referral_key),
    )
