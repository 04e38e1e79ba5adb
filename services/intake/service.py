"""The composition root of intake."""

from datetime import timedelta
from pathlib import Path

import orjson
from joserfc.jwk import Key, import_key

from services.intake import consumers
from services.intake.cases import routes as cases
from services.intake.cases.actions import copying as case_copies
from services.intake.cases.actions import endings, journeys, transfers, triage
from services.intake.cases.actions import finding as cases_found
from services.intake.cases.actions.families import FAMILY
from services.intake.cases.actions.planning import CASE_PLAN
from services.intake.cases.actions.verdicts import HEAD_REVIEW, VERIFICATION
from services.intake.consent import actions as consent_actions
from services.intake.consent import routes as consent
from services.intake.consent.store import consents as consent_rows
from services.intake.database import metadata
from services.intake.diary import routes as diary
from services.intake.diary.actions import copying as diary_copies
from services.intake.diary.store import appointments as appointment_rows
from services.intake.duties import actions as duty_actions
from services.intake.duties import routes as duties
from services.intake.duties import store as duty_rows
from services.intake.erasure import actions as erasure
from services.intake.erasure import routes as erasures
from services.intake.imports import routes as imports
from services.intake.imports import store as import_rows
from services.intake.imports.actions import imports as import_actions
from services.intake.people import routes as people
from services.intake.people.actions import REVEAL, minors, own_copy
from services.intake.people.actions import finding as people_found
from services.intake.people.model import RevealTerms
from services.intake.requests import actions as request_actions
from services.intake.requests import routes as requests
from services.intake.requests.actions import claiming, routing
from services.intake.requests.actions import finding as requests_found
from services.intake.requests.store import requests as request_rows
from services.intake.retention import actions as retention
from services.intake.retention import routes as retentions
from services.intake.retention.model import read_rules
from services.intake.search import routes as search
from services.intake.search import store as search_terms
from services.intake.settings import IntakeSettings
from services.intake.staff import routes as staff
from services.intake.testimony import routes as testimony
from services.intake.testimony.actions import following, veiling
from services.intake.testimony.actions.evidence import COPIES, COPY
from services.intake.testimony.actions.masking import UNMASK
from services.intake.testimony.actions.reports import FREEZE, PDF, PDFS
from services.intake.threads import routes as threads
from services.intake.threads.actions import answering, carrying
from services.intake.threads.actions import copying as letters
from services.intake.threads.porter import Porter
from shared import approving
from shared.contracts.intake import EventsPurged, GlassBroken
from shared.database import Database
from shared.erasing.steps import Forgetting
from shared.runtime import Blueprint
from shared.web import approvals, audit, glass, parked, runs, timeline

ACTS = (
    VERIFICATION,
    HEAD_REVIEW,
    CASE_PLAN,
    FAMILY,
    REVEAL,
    erasure.ERASURE,
    UNMASK,
    FREEZE,
    retention.LIFTING,
    retention.DELETION,
)
"""What cannot be done alone in intake."""

COPIED = {
    "people": own_copy.part,
    "requests": request_actions.copy_of,
    "letters": letters.copy_of,
    "case": case_copies.copy_of,
    "diary": diary_copies.copy_of,
    "consent": consent_actions.copy_of,
    "testimony": following.copy_of,
    "journey": journeys.copy_of,
}
"""What a person's own copy is made of, by what keeps it."""

ONE_CUSTODIAN = RevealTerms()

RULES = read_rules(Path(__file__).parent / "retention/data/rules.toml")
"""How long what is over is kept."""


def compose(settings: IntakeSettings) -> Blueprint:
    """Intake as its settings say."""
    key = import_key(orjson.loads(settings.referral_key_file.read_bytes()))
    reveals = RevealTerms(settings.reveal_needs, timedelta(hours=settings.reveal_hours))
    backups = timedelta(days=settings.key_backup_days)
    return blueprint(
        key,
        reveals,
        erasure_needs=settings.erasure_needs,
        key_backups=backups,
        front_door=Database(settings.door_url) if settings.door_url else None,
        sample_percent=settings.verification_sample_percent,
    )


def blueprint(
    referral_key: Key,
    reveals: RevealTerms = ONE_CUSTODIAN,
    *,
    erasure_needs: int = 1,
    key_backups: timedelta = timedelta(days=14),
    front_door: Database | None = None,
    sample_percent: int = 0,
) -> Blueprint:
    """Everything that makes intake intake.

    referral_key: opens what partners encrypted for it. erasure_needs: how many others sign an erasure. key_backups:
    how long backups of key stores are kept. front_door: the database of the public front door, if there is one.
    sample_percent: as the settings' `verification_sample_percent`.
    """
    return Blueprint(
        name="intake",
        home=Path(__file__).parent,
        metadata=metadata,
        routers=lambda door, inbox: [
            erasures.routes(door, needed=erasure_needs, backups=key_backups),
            imports.routes(door),
            threads.routes(door, COPIED, front_door),
            requests.routes(door, answering.tell),
            testimony.routes(door),
            cases.routes(door, sample_percent=sample_percent, following=(following.follow,)),
            people.routes(door, reveals, COPIED, answering.tell_decision),
            staff.routes(door),
            consent.routes(door),
            search.routes(door),
            diary.routes(door),
            retentions.routes(door, RULES),
            duties.routes(door),
            glass.routes(door, glass.told_by(GlassBroken)),
            timeline.routes(door, veiling.unknown),
            audit.routes(door, veiling.unknown),
            approvals.routes(door, ACTS),
            runs.routes(door),
            parked.routes(door, inbox),
        ],
        blinds=[
            request_rows.BLIND,
            consent_rows.BLIND,
            search_terms.BLIND,
            duty_rows.BLIND,
            appointment_rows.BLIND,
            import_rows.BLIND,
        ],
        handlers=consumers.handlers(referral_key),
        timers={
            **approving.timers(ACTS),
            **transfers.TIMERS,
            **triage.TIMERS,
            **endings.TIMERS,
            **duty_actions.TIMERS,
            **consent_actions.TIMERS,
            **retention.timers(RULES),
            **carrying.TIMERS,
            **minors.TIMERS,
            **claiming.TIMERS,
            **requests_found.TIMERS,
            **people_found.TIMERS,
            **cases_found.TIMERS,
            **routing.TIMERS,
            **import_actions.TIMERS,
        },
        background=lambda database, tools, registry: (
            [] if front_door is None else [Porter(front_door, database, tools, registry)]
        ),
        computations={COPY: COPIES, PDF: PDFS, import_actions.READ: import_actions.READINGS},
        forgetting=Forgetting(
            erasure.forget,
            erasure.case_of,
            purged=EventsPurged,
            answers=erasure.SERVICES,
        ),
    )
