"""The composition root of notify."""

from functools import partial
from pathlib import Path

from services.notify import consumers
from services.notify.database import metadata
from services.notify.disclosure import actions as figures
from services.notify.disclosure import routes as disclosure
from services.notify.messages import actions as alerts
from services.notify.messages import routes as messages
from services.notify.partners import routes as partners
from services.notify.partners.actions.agreements import FORMER_END, end_former
from services.notify.partners.actions.sharing import ENDS
from services.notify.settings import NotifySettings
from services.notify.webhooks import routes as webhooks
from services.notify.webhooks.actions import erasure
from services.notify.webhooks.actions.deliveries import WAITING, settle
from services.notify.webhooks.sending import Sending
from services.notify.webhooks.store import referrals
from shared.bell import Bell
from shared.contracts.glass import Breaking
from shared.contracts.notify import ErasureCompleted, EventsPurged
from shared.erasing.steps import Forgetting
from shared.runtime import Blueprint
from shared.web import approvals, audit, glass, parked, timeline
from shared.work import Work


def compose(settings: NotifySettings) -> Blueprint:
    """Notify as its settings say."""
    return blueprint(loopback_http=settings.environment == "local", suppress_below=settings.suppress_below)


def blueprint(*, loopback_http: bool = False, suppress_below: int = 5) -> Blueprint:
    """Everything that makes notify notify.

    loopback_http: a partner's endpoint may be plain http on this machine. suppress_below: smaller public numbers are
    suppressed, and smaller changes of them held back.
    """
    bell = Bell()

    async def recount(work: Work, person_id: str) -> None:
        await figures.recount(work, person_id, suppress_below)

    async def wake(_work: Work, _case_id: str) -> None:
        bell.ring()

    return Blueprint(
        name="notify",
        home=Path(__file__).parent,
        metadata=metadata,
        routers=lambda door, inbox: [
            webhooks.routes(door),
            messages.routes(door),
            disclosure.routes(door, threshold=suppress_below),
            partners.routes(door, loopback_http=loopback_http),
            glass.routes(door, note_broken_glass),
            timeline.routes(door, alerts.unknown),
            audit.routes(door, alerts.unknown),
            approvals.routes(door, []),
            parked.routes(door, inbox),
        ],
        blinds=[referrals.BLIND],
        handlers=consumers.handlers(threshold=suppress_below),
        timers={ENDS: settle, WAITING: wake, figures.ENDS: recount, FORMER_END: end_former},
        background=lambda database, tools, _: [Sending(database, tools, bell)],
        forgetting=Forgetting(
            partial(erasure.forget, threshold=suppress_below),
            erasure.case_of,
            purged=EventsPurged,
            completed=ErasureCompleted,
        ),
    )


async def note_broken_glass(work: Work, made: Breaking) -> None:
    """Somebody looks here into what left about a case that is not theirs: the alert is raised at once."""
    await alerts.glass_broken(work, made.case_id, made.breaking_id, "notify", made.actor_id, made.at)
