"""The desk in one process with its issuer and the services that a test needs, each the real application.

Rule: nothing of ours is replaced; only the network is: requests go from application to application without a port.

    async with open_parlour(tmp_path, intake=room, notify=None) as parlour:   # None: a service that does not answer
        browser = await parlour.sign_in("officer")                            # as one of the invented staff
        page = await browser.get("/board")
        answer = await browser.submit(page, "/sign-out")                      # the form with that action, as it is
"""

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
from fastapi import FastAPI
from prometheus_client import CollectorRegistry

from deploy.local.issuer.app import issuer_app
from deploy.local.issuer.grants import Grants
from deploy.local.keys import DevelopmentIssuer
from services.desk.service import MIGRATIONS, application, desk
from services.desk.settings import DeskSettings
from shared.database import Database
from shared.database.migrations import migrate
from shared.settings import Limits
from shared.vault import MasterKeys
from tests.support.databases import database_url

ADDRESS = "http://desk.example"
ISSUER = "http://issuer.example"
SECRET = "what the issuer knows the desk by"
SERVICES = ("intake", "logistics", "settlement", "notify")


class Wires(httpx.AsyncBaseTransport):
    """Carries a request to the application that is there by this host; asked: all that were sent."""

    def __init__(self, apps: Mapping[str, FastAPI | None]) -> None:
        self.apps = dict(apps)
        self.asked: list[httpx.Request] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        app = self.apps.get(request.url.host)
        if app is None:
            raise httpx.ConnectError("nobody there", request=request)
        return await httpx.ASGITransport(app, raise_app_exceptions=False).handle_async_request(request)


@dataclass
class Browser:
    """What a browser does without scripts: it keeps cookies, follows links and sends forms."""

    http: httpx.AsyncClient

    async def get(self, path: str) -> httpx.Response:
        return await self.http.get(path)

    async def submit(self, page: httpx.Response, action: str, **typed: Any) -> httpx.Response:
        """Send the form with this action, hidden fields as they are, `typed` into the others."""
        return await self.http.post(action, data={**fields(page, action), **typed})

    async def upload(
        self, page: httpx.Response, action: str, file: tuple[str, bytes, str], **typed: Any
    ) -> httpx.Response:
        """The same with a file: its name, its content and what it is said to be."""
        return await self.http.post(action, data={**fields(page, action), **typed}, files={"file": file})


def fields(page: httpx.Response, action: str) -> dict[str, str]:
    """The hidden fields of a form."""
    form = re.search(rf'<form[^>]*method="post"[^>]*action="{re.escape(action)}".*?</form>', page.text, re.S)
    assert form is not None, f"no form for {action} on {page.url.path}"
    hidden = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', form.group())
    return {name: unescape(value) for name, value in hidden}


@dataclass
class Parlour:
    """A desk that is open."""

    app: FastAPI
    wires: Wires
    settings: DeskSettings
    issuer: DevelopmentIssuer
    grants: Grants
    database: Database

    def browser(self) -> Browser:
        """One without a cookie."""
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        return Browser(httpx.AsyncClient(transport=transport, base_url=ADDRESS))

    async def sign_in(self, name: str) -> Browser:
        """A browser in which one of the invented staff has signed in by way of the issuer."""
        browser = self.browser()
        landed = await browser.get(await self.answer_of_issuer(browser, name))
        assert landed.status_code == 200, landed.text
        return browser

    async def answer_of_issuer(self, browser: Browser, name: str) -> str:
        """Begin to sign in; the path at which the issuer sends the browser back."""
        begun = await browser.get("/sign-in/begin")
        asked = urlsplit(begun.headers["location"])
        async with httpx.AsyncClient(transport=httpx.ASGITransport(issuer_app(self.issuer, self.grants))) as elsewhere:
            page = await elsewhere.get(begun.headers["location"])
            hidden = dict(re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', page.text))
            form = {key: unescape(value) for key, value in hidden.items()}
            chosen = await elsewhere.post(f"{asked.scheme}://{asked.netloc}/authorize", data={**form, "who": name})
        back = urlsplit(chosen.headers["location"])
        assert back.scheme + "://" + back.netloc == ADDRESS
        return f"{back.path}?{back.query}"


@asynccontextmanager
async def open_parlour(
    folder: Path,
    kind: str = "sqlite",
    limits: Limits | None = None,
    **services: FastAPI | None,
) -> AsyncIterator[Parlour]:
    """kind: of the desk's database. limits: its settings' unless given. services: each that answers."""
    issuer = DevelopmentIssuer.open(folder, ISSUER)
    grants = Grants(SECRET, f"{ADDRESS}/signed-in")
    master, secret = folder / "desk.master.json", folder / "desk.client"
    if not master.exists():
        MasterKeys.create(master)
    secret.write_text(SECRET)
    settings = DeskSettings(
        environment="local",
        database_url=database_url(kind, folder, "desk"),
        master_file=master,
        issuer=ISSUER,
        client_secret_file=secret,
        address=ADDRESS,
        port=1,
        metrics_port=1,
        **({} if limits is None else {"limits": limits}),
        **{f"{name}_url": f"http://{name}.example" for name in SERVICES},
    )
    await migrate(settings.database_url, MIGRATIONS)
    apps = {f"{name}.example": app for name, app in services.items()}
    wires = Wires({"issuer.example": issuer_app(issuer, grants), **apps})
    kept = Database(settings.database_url)
    await kept.open()
    async with httpx.AsyncClient(transport=wires) as http:
        app = application(desk(settings, kept, http), settings, CollectorRegistry())
        yield Parlour(app, wires, settings, issuer, grants, kept)
    await kept.close()
