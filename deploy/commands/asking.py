"""How a command asks the services of a local installation, as an invented member of staff."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx

from deploy.commands.folder import recall
from deploy.local.errors import LocalError
from deploy.local.keys import DevelopmentIssuer
from deploy.local.story.cast import STAFF, staff_id
from shared.clock import new_id

PAGE = 200


def ask(
    folder: Path, who: str, service: str, method: str, path: str, query: Mapping[str, str | int] | None = None
) -> Any:
    """The service's answer to `who`. Errors: LocalError with the problem's code, or when nobody answers."""
    plan = recall(folder)
    issuer = DevelopmentIssuer.open(plan.state.keys)
    token = issuer.sign(staff_id(who), "staff", STAFF[who], service, 60)
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": new_id()}
    url = plan.url(service) + path
    try:
        answer = httpx.request(method, url, params=query, headers=headers, timeout=20, trust_env=False)
    except httpx.TransportError as error:
        raise LocalError(f"{service} does not answer", "start it with: lodestar up") from error
    if answer.is_error:
        problem = answer.json()
        raise LocalError(f"{service}: {problem['code']}", problem.get("detail", ""))
    return answer.json()


def every(folder: Path, who: str, service: str, path: str, query: Mapping[str, str | int]) -> Iterator[dict[str, Any]]:
    """The items of all pages of a list. Errors: as `ask`."""
    after: dict[str, str] = {}
    while True:
        page = ask(folder, who, service, "GET", path, {**query, "limit": PAGE, **after})
        yield from page["items"]
        if page["next"] is None:
            return
        after = {"after": page["next"]}
