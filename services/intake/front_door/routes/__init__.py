"""The public pages: plain HTML, whole without scripts, pictures and cookies.

Rule: what somebody wrote comes back to them when something goes wrong; an address holds a language and the name of a
page, and nothing that anybody wrote; and a page that knows a receipt is never reached by an address.
"""

from fastapi import APIRouter

from services.intake.front_door.routes import asking, entrance, thread
from services.intake.front_door.routes.frame import Frame


def routes(frame: Frame) -> list[APIRouter]:
    """All pages."""
    return [entrance.routes(frame), asking.routes(frame), thread.routes(frame)]
