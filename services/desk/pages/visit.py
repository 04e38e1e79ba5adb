"""One visit: who is signed in, the four services in their name, and the answer as a page.

Rule: without a live session there is no visit, only the way to the sign-in page; and a form counts only with the token
that this session was given for this very act.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import httpx
from fastapi import Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import Environment

from services.desk.clients import Casework, Diary, Intake, Logistics, Notify, Requests, Service, Settlement, Testimony
from services.desk.clients.api import UnansweredError
from services.desk.clients.colleagues import Colleagues
from services.desk.clients.consents import Consents
from services.desk.clients.imports import Imports
from services.desk.clients.reports import Reports
from services.desk.clients.search import Finding
from services.desk.pages.acquainted import Acquainted
from services.desk.pages.words import Words
from services.desk.sessions import Provider, Session, Sessions, Wallet
from services.desk.sessions.cookies import Cookies
from services.desk.sessions.forms import form_token, idempotency_key
from shared.access import system_actor
from shared.errors import Refusal

POLICY = "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
"""What a page may load and where its forms go: its style, and here. No script at all."""

ServiceName = Literal["intake", "logistics", "settlement", "notify"]
"""As an address names a service."""

CLIENTS: Mapping[str, type[Service]] = {
    "intake": Intake,
    "logistics": Logistics,
    "settlement": Settlement,
    "notify": Notify,
}


class SignedOutError(Exception):
    """Nobody is signed in, or the session is over. to: the page that was asked for."""

    def __init__(self, to: str) -> None:
        super().__init__()
        self.to = to


@dataclass(frozen=True)
class Desk:
    """What all visits share. services: where each service answers."""

    words: Words
    templates: Environment
    cookies: Cookies
    provider: Provider
    sessions: Sessions
    wallet: Wallet
    http: httpx.AsyncClient
    services: Mapping[str, str]
    acquainted: Acquainted

    def page(self, template: str, status: int = 200, **facts: Any) -> HTMLResponse:
        """A page for whoever is not, or not yet, signed in."""
        return self.answer(template, status, {"who": None, **facts})

    def answer(self, template: str, status: int, facts: Mapping[str, Any]) -> HTMLResponse:
        """Every page goes out by here."""
        content = self.templates.get_template(template).render(facts)
        return HTMLResponse(content, status, {"content-security-policy": POLICY})


class Token(str):
    """The token of a form. here: the page that it stands on."""

    here: str


@dataclass(frozen=True)
class Visit:
    """A request of somebody who is signed in."""

    desk: Desk
    session: Session
    path: str

    @property
    def intake(self) -> Intake:
        return Intake(*self._told("intake"))

    @property
    def requests(self) -> Requests:
        return Requests(*self._told("intake"))

    @property
    def colleagues(self) -> Colleagues:
        """Intake, for who is who among staff."""
        return Colleagues(*self._told("intake"))

    @property
    def consents(self) -> Consents:
        """Intake as well, for consents."""
        return Consents(*self._told("intake"))

    @property
    def finding(self) -> Finding:
        """Intake as well, for its search."""
        return Finding(*self._told("intake"))

    @property
    def testimony(self) -> Testimony:
        """Intake as well, for its testimony."""
        return Testimony(*self._told("intake"))

    @property
    def reports(self) -> Reports:
        """Intake as well, for claims and reports."""
        return Reports(*self._told("intake"))

    @property
    def imports(self) -> Imports:
        """Intake as well, for lists from elsewhere."""
        return Imports(*self._told("intake"))

    @property
    def casework(self) -> Casework:
        """Intake, for who works on a case."""
        return Casework(*self._told("intake"))

    @property
    def diary(self) -> Diary:
        """Intake too, for the work on its cases."""
        return Diary(*self._told("intake"))

    @property
    def logistics(self) -> Logistics:
        return Logistics(*self._told("logistics"))

    @property
    def settlement(self) -> Settlement:
        return Settlement(*self._told("settlement"))

    @property
    def notify(self) -> Notify:
        return Notify(*self._told("notify"))

    def service(self, name: str) -> Service:
        """Any of the four."""
        return CLIENTS[name](*self._told(name))

    def all(self) -> dict[str, Service]:
        return {name: self.service(name) for name in self.desk.services}

    async def code_names(self) -> dict[str, str]:
        """What the cases are called that this person sees, by id; nothing while intake is away."""
        try:
            cases = sorted(await self.intake.cases(), key=lambda one: one.code_name)
            return {one.id: one.code_name for one in cases}
        except UnansweredError:
            return {}

    def page(self, template: str, status: int = 200, **facts: Any) -> HTMLResponse:
        """A page for this person.

        In it `token(path)` gives a form its token, `by(id)` says who that is, and `colleagues` are to choose from.
        """
        me = {"who": self.session.name, "me": self.session.actor_id, "here": self.path}
        given = {**me, "token": self._token, "by": self._by, "colleagues": self.desk.acquainted.all, **facts}
        return self.desk.answer(template, status, given)

    async def end(self) -> None:
        """The session is over, here and at the issuer."""
        await self.desk.sessions.end(self.session)
        if self.session.refresh is not None:
            # It is over here in any case; an issuer that is away forgets the sign-in by itself.
            with suppress(Refusal):
                await self.desk.provider.revoke(self.session.refresh)

    def key(self, token: str) -> str:
        """The key under which the services do once what this form asks. Errors: Refusal forbidden `form_not_ours`."""
        return idempotency_key(self.session, self.path, token)

    def _told(self, name: str) -> tuple[httpx.AsyncClient, str, str, str]:
        return self.desk.http, name, self.desk.services[name], self.session.tokens[name].text

    def _token(self, act: str) -> Token:
        made = Token(form_token(self.session, act))
        made.here = self.path
        return made

    def _by(self, actor_id: str) -> str:
        """Who somebody is to whoever reads this."""
        said = self.desk.words.all["who"]
        if actor_id == self.session.actor_id:
            return str(said["you"])
        for name in self.desk.services:
            if actor_id == system_actor(name).id:
                return str(said["system"])
        return self.desk.acquainted.name(actor_id) or str(said["colleague"]).format(id=actor_id[:8])


async def desk_of(request: Request) -> Desk:
    desk: Desk = request.app.state.desk
    return desk


async def _visit(request: Request, desk: Annotated[Desk, Depends(desk_of)]) -> Visit:
    value = desk.cookies.session(request)
    session = None if value is None else await desk.sessions.find(value)
    if session is not None:
        session = await desk.wallet.filled(session)
    if session is None:
        raise SignedOutError(request.url.path if request.method == "GET" else "/")
    visit = Visit(desk, session, request.url.path)
    request.state.visit = visit
    await desk.acquainted.meet(visit.colleagues, session.actor_id, session.name)
    return visit


Visiting = Annotated[Visit, Depends(_visit)]
At = Annotated[Desk, Depends(desk_of)]


def see(path: str) -> RedirectResponse:
    """After an act: a page that can be loaded again without doing it again."""
    return RedirectResponse(path, 303)
