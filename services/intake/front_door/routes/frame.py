"""What all pages share: how they are made, who waits, and what a form carries from one page to the next.

Rule: nothing that has an end (places in the house, waits, turns) is taken without the source for which it is taken.
"""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment

from services.intake.front_door.actions.visiting import Counter, Draft, Visit
from services.intake.front_door.model.letters import Letter
from services.intake.front_door.model.patience import Patience, Surge
from services.intake.front_door.model.receipts import Receipt
from services.intake.front_door.places import Places
from services.intake.front_door.turns import Turns
from shared.clock import new_id
from shared.pool import Limits, Outcome, Pool

DRAFT, VISIT = "draft", "visit"
IPV4 = 4


@dataclass(eq=False)
class Frame:
    """Made once per process. waiting: who is kept waiting; files: whose file is made anew next."""

    counter: Counter
    patience: Patience
    surge: Surge
    templates: Mapping[str, Environment]
    policy: str
    waiting: Places
    files: Turns
    pool: Pool

    def page(self, language: str, template: str, status: int = 200, **facts: Any) -> HTMLResponse:
        """Every page goes out by here. `place`: what of an address follows the language, where a page has one."""
        given = {"place": None, "surge": self.surge.is_on(time.monotonic()), "notice": None, **facts}
        content = self.templates[language].get_template(template).render(given)
        headers = {"content-security-policy": self.policy, "content-language": language}
        return HTMLResponse(content, status, headers)

    async def have_patience(self, request: Request) -> None:
        """Who tries again and again waits longer. Errors: Refusal unavailable `busy` when too many of theirs wait."""
        seconds = self.patience.wait_s(_source(request), time.monotonic())
        if seconds:
            async with self.waiting.one(self.source(request)):
                await asyncio.sleep(seconds)

    async def make_anew(
        self, request: Request, clean: Callable[[bytes], bytes], content: bytes, limits: Limits
    ) -> Outcome:
        """Errors: Refusal unavailable `busy` when too many of theirs wait."""
        run = self.pool.run
        return await self.files.take(self.source(request), lambda: asyncio.ensure_future(run(clean, content, limits)))

    def note(self, request: Request) -> None:
        """A code that opens nothing was tried, or a request was made."""
        self.patience.note(_source(request), time.monotonic())

    def source(self, request: Request) -> str:
        """Where somebody comes from, as a hash under a key that dies with the process."""
        return self.patience.image(_source(request)).hex()

    def of_draft(self, draft: Draft) -> str:
        content = {
            "number": f"{draft.receipt.number:x}",
            "letter_id": draft.letter_id,
            "thread_id": draft.thread_id,
            "letter": draft.letter.model_dump(mode="json"),
        }
        return self.counter.locks.put_in_form(DRAFT, content, time.time())

    def draft(self, given: str) -> Draft:
        """Errors: Refusal forbidden `form_over`."""
        content = self.counter.locks.take_from_form(DRAFT, given, time.time())
        letter = Letter.model_validate(content["letter"])
        return Draft(Receipt(int(content["number"], 16)), content["letter_id"], content["thread_id"], letter)

    def of_visit(self, visit: Visit) -> str:
        """For one form: it names what the form becomes."""
        content = {
            "handle": visit.handle,
            "thread_id": visit.thread_id,
            "seed": visit.seed.hex(),
            "form": new_id(),
        }
        return self.counter.locks.put_in_form(VISIT, content, time.time())

    def visit(self, given: str) -> tuple[Visit, str]:
        """Who it is, and the id of the form. Errors: Refusal forbidden `form_over`."""
        content = self.counter.locks.take_from_form(VISIT, given, time.time())
        return Visit(content["handle"], content["thread_id"], bytes.fromhex(content["seed"])), content["form"]


def _source(request: Request) -> str:
    """The address; of IPv6 the network of 64 bits, because one connection has all of it."""
    host = request.client.host if request.client else ""
    try:
        address = ip_address(host)
    except ValueError:
        return host
    return host if address.version == IPV4 else str(ip_network((address, 64), strict=False))
