"""The public front door beside a room of intake: its real application on a database of its own, and the porter between.

    async with open_house(tmp_path) as house:                # or kind="postgresql"
        words = await house.ask("en", story="…")             # through the pages; returns the seven words
        await house.carry()                                  # what the porter of a running intake does within a second
        page = await house.come_back("en", words)            # the answer of the page, with its text

`hidden(page, name)` is the value of a hidden field, `house.post(...)` sends a form.
"""

import html
import re
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import orjson
from joserfc.jwk import ECKey
from prometheus_client import CollectorRegistry
from sqlalchemy import make_url, text

from services.intake.front_door.actions.visiting import Counter
from services.intake.front_door.locks import Hashing, Locks
from services.intake.front_door.secret_file import read
from services.intake.front_door.service import application, framed, migrate
from services.intake.front_door.settings import FrontDoorSettings
from services.intake.service import blueprint
from services.intake.threads.porter import Porter
from shared.clock import new_id
from shared.database import Database, Transaction, opened
from shared.vault import public_entry
from tests.support.databases import database_url
from tests.support.room import Room, open_room

QUICK = Hashing(memory_kib=64, rounds=1)
REFERRAL_KEY = ECKey.generate_key("P-256")


class House:
    """A front door and intake."""

    def __init__(self, room: Room, folder: Path, url: str, owned: Database, hashing: Hashing, **settings: Any) -> None:
        self.room = room
        recipients = folder / "recipients.json"
        recipients.write_bytes(orjson.dumps({"intake": public_entry(room._masters["intake"])}))
        secret = folder / "front_door.secret"
        if not secret.exists():
            secret.write_bytes(secrets.token_bytes(32))
            secret.chmod(0o600)
        self.settings = FrontDoorSettings(
            environment="local",
            database_url=url,
            secret_file=secret,
            recipients_file=recipients,
            port=1,
            metrics_port=1,
            **settings,
        )
        self.database = Database(url)
        self.owned = owned
        self.locks = Locks(read(secret), recipients, hashing)
        self.frame = framed(self.settings, Counter(self.database, self.locks))
        self.registry = CollectorRegistry()
        self.app = application(self.settings, self.frame, self.registry)
        self.porter = Porter(self.owned, room.database, room.tools, room.registry)
        self.http = self.from_address("198.51.100.7")

    def from_address(self, address: str) -> httpx.AsyncClient:
        """A browser at this address."""
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False, client=(address, 50_000))
        return httpx.AsyncClient(transport=transport, base_url="http://door")

    async def carry(self) -> None:
        """Until nothing is left to carry."""
        while await self.porter.carry():
            pass

    async def post(self, path: str, /, **fields: str) -> httpx.Response:
        return await self.http.post(path, data=fields)

    async def receipt(self, language: str = "en", **fields: str) -> tuple[list[str], str]:
        """The words, and the hidden field of the page that shows them."""
        page = await self.post(f"/{language}/ask", **{"story": "They asked for my telephone.", **fields})
        assert page.status_code == 200, page.text
        words = [html.unescape(one) for one in re.findall(r"<li>(\w+)</li>", page.text)]
        assert len(words) == 7, page.text
        return words, hidden(page, "draft")

    async def ask(self, language: str = "en", **fields: str) -> str:
        """A whole request; the words of its receipt."""
        words, draft = await self.receipt(language, **fields)
        sent = await self.post(f"/{language}/receipt/sent", draft=draft, word_2=words[1], word_5=words[4])
        assert sent.status_code == 200, sent.text
        return " ".join(words)

    async def come_back(self, language: str, words: str) -> httpx.Response:
        return await self.post(f"/{language}/thread", code=words)

    async def write(self, what: str, page: httpx.Response, language: str = "en", **fields: str) -> httpx.Response:
        """Send a form of a thread's page."""
        order = ("message", "file", "copy", "correction", "withdrawal")
        token = re.findall(r'name="visit" value="([^"]+)"', page.text)[order.index(what)]
        return await self.post(f"/{language}/thread/{what}", visit=token, **fields)

    async def owned_rows(self, statement: str) -> list[Any]:
        """Rows of the front door's database, as its owner sees them."""

        async def job(tx: Transaction) -> list[Any]:
            return list((await tx.execute(text(statement))).all())

        return await self.owned.transact(job)

    async def close(self) -> None:
        await self.http.aclose()
        await self.database.close()
        await self.owned.close()
        self.locks.close()


def hidden(page: httpx.Response, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page.text)
    assert found is not None, page.text
    return found.group(1)


async def role_of(owner_url: str) -> str:
    """A new role without any right on this database; its address of it."""
    owner = make_url(owner_url)
    name = f"door_{new_id()[:12]}"
    async with opened(owner_url) as database:
        await database.transact(lambda tx: tx.execute(text(f"CREATE ROLE {name} LOGIN")))
    return owner.set(username=name).render_as_string(hide_password=False)


@asynccontextmanager
async def open_house(
    folder: Path, kind: str = "sqlite", hashing: Hashing = QUICK, **settings: Any
) -> AsyncIterator[House]:
    """kind: of both databases; on PostgreSQL the front door is there by a role of its own."""
    owner_url = database_url(kind, folder, "front_door")
    owned = Database(owner_url)
    async with open_room(blueprint(REFERRAL_KEY, front_door=owned), folder, kind) as room:
        url = await role_of(owner_url) if kind == "postgresql" else owner_url
        house = House(room, folder, url, owned, hashing, **settings)
        as_owner = {"database_url": owner_url, "granted_role": make_url(url).username if url != owner_url else ""}
        await migrate(house.settings.model_copy(update=as_owner), "head")
        await house.database.open()
        await house.owned.open()
        try:
            yield house
        finally:
            await house.close()
