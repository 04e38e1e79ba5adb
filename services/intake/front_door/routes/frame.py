"""What all pages share: how they are made, who waits, and what a form carries from one page to the next."""

import asyncio
import time
from collections.abc import Mapping
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
from shared.clock import new_id
from shared.errors import unavailable
from shared.pool import Pool

DRAFT, VISIT = "draft", "visit"
IPV4 = 4


@dataclass(eq=False)
class Frame:
    """Made once per process. most_waiting: how many may be kept waiting at once."""

    counter: Counter
    patience: Patience
    surge: Surge
    templates: Mapping[str, Environment]
    policy: str
    most_waiting: int
    pool: Pool
    waiting: int = 0

    def page(self, language: str, template: str, status: int = 200, **facts: Any) -> HTMLResponse:
        """Every page goes out by here. `place`: what of an address follows the language, where a page has one."""
        given = {"place": None, "surge": self.surge.is_on(time.monotonic()), "notice": None, **facts}
        content = self.templates[language].get_template(template).render(given)
        headers = {"content-security-policy": self.policy, "content-language": language}
        return HTMLResponse(content, status, headers)

    async def have_patience(self, request: Request) -> None:
        """Who tries again and again waits longer. Errors: Refusal unavailable `busy` when too many wait already."""
        seconds = self.patience.wait_s(_source(request), time.monotonic())
        if not seconds:
            return
        if self.waiting >= self.most_waiting:
            raise unavailable("busy")
        self.waiting += 1
        try:
            await asyncio.sleep(seconds)
        finally:
            self.waiting -= 1

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
