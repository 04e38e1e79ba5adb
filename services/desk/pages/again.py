"""The page that a refused form stood on, asked for anew within the desk, with the form as it was typed.

Rule: only for a form that was made for this session and act; and never after a silence, when it may have been done.
"""

from collections.abc import Collection, Mapping
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment

from services.desk.pages.kept import refilled
from services.desk.pages.visit import POLICY, Visit
from shared.errors import Refusal

FORM = "application/x-www-form-urlencoded"
REFUSED = frozenset({400, 409, 412, 413, 422})
"""What is refused like this was surely not done, and may be sent again with other words."""


async def sent_again(
    request: Request, status: int, templates: Environment, facts: Mapping[str, Any], wrong: Mapping[str, str]
) -> HTMLResponse | None:
    """The page with its form, if this was one of ours and it still stands there.

    facts: of what went wrong. wrong: the kind of problem with a field, by a name that may be the field's.
    """
    visit: Visit | None = getattr(request.state, "visit", None)
    if visit is None or request.method != "POST" or status not in REFUSED:
        return None
    if not request.headers.get("content-type", "").startswith(FORM):
        return None
    sent = [(name, value) for name, value in (await request.form()).multi_items() if isinstance(value, str)]
    said = dict(sent)
    try:
        visit.key(said.get("token", ""))
    except Refusal:
        return None
    page = await _page(request, said.get("here", ""))
    if page is None:
        return None
    marked = {name: templates.get_template("wrong_field.html").render(kind=kind) for name, kind in wrong.items()}
    known = templates.get_template("wrong_form.html").render(**facts, fields=_named(wrong, said))
    content = refilled(page, request.url.path, sent, known, marked)
    return None if content is None else HTMLResponse(content, status, {"content-security-policy": POLICY})


def _named(wrong: Mapping[str, str], said: Collection[str]) -> bool:
    """Whether it is said at a field what is wrong."""
    return any(name in said for name in wrong)


async def _page(request: Request, path: str) -> str | None:
    """What this session sees at a path of the desk now."""
    if not path.startswith("/"):
        return None
    headers = [(name, value) for name, value in request.scope["headers"] if name == b"cookie"]
    asked = {**request.scope, "method": "GET", "path": path, "raw_path": path.encode(), "query_string": b""}
    begun: dict[str, Any] = {}
    content: list[bytes] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            begun.update(message)
        else:
            content.append(message.get("body", b""))

    await request.app.router({**asked, "headers": headers, "state": {}, "path_params": {}}, receive, send)
    return b"".join(content).decode() if begun.get("status") == 200 else None
