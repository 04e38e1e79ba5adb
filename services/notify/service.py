"""The composition root of notify."""

from pathlib import Path

from services.notify import consumers
from services.notify.database import metadata
from services.notify.disclosure import routes as disclosure
from services.notify.messages import routes as messages
from services.notify.partners import routes as partners
from services.notify.partners.actions.sharing import ENDS
from services.notify.settings import NotifySettings
from services.notify.webhooks import routes as webhooks
from services.notify.webhooks.actions.deliveries import WAITING, settle
from services.notify.webhooks.sending import Sending
from shared.bell import Bell
from shared.runtime import Blueprint
from shared.web import parked, timeline
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
            timeline.routes(door),
            parked.routes(door, inbox),
        ],
        handlers=consumers.handlers(threshold=suppress_below),
        timers={ENDS: settle, WAITING: wake},
        background=lambda database, tools: [Sending(database, tools, bell)],
    )
