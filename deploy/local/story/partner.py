"""The partner network's own side: refers people by signed webhook, and receives signed news of their cases.

Rule: what it sends about a person is encrypted to intake; what it receives is believed only with a valid signature,
and a repeat is recognised by its webhook-id.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx
import orjson
from joserfc import jwe
from joserfc.jwk import import_key
from standardwebhooks.webhooks import Webhook

from deploy.local.errors import LocalError
from deploy.local.house import Plan
from deploy.local.nats_server import LOOPBACK
from deploy.local.story.cast import Group, staff_id
from deploy.local.story.client import HEALS, patiently

_END = b"\r\n\r\n"


@dataclass
class Partner:
    """An invented network at home; `news` has what was told of each case, in order, each once."""

    plan: Plan
    news: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    _seen: set[str] = field(default_factory=set)
    _secret: str = ""
    _id: str = ""
    _signing_secret: str = ""

    @property
    def port(self) -> int:
        return self.plan.port_base + 5

    @property
    def endpoint(self) -> str:
        return f"http://{LOOPBACK}:{self.port}/news"

    def trust(self, outbound_secret: str) -> None:
        self._secret = outbound_secret

    def signs(self, partner_id: str, inbound_secret: str) -> None:
        self._id, self._signing_secret = partner_id, inbound_secret

    async def refer(self, http: httpx.AsyncClient, group: Group) -> None:
        """Send a referral until it is accepted; the webhook-id is the same each time."""
        whole = {
            "channel": "partner",
            "language": "ru",
            "asked_by": "partner",
            "name": group.members[0].name,
            "contact": group.contact,
            "country": "RU",
            "story": "Named by somebody who was detained; in hiding with a friend.",
        }
        key = import_key(orjson.loads(self.plan.referral_public.read_bytes()))
        header = {"alg": "ECDH-ES+A256KW", "enc": "A256GCM"}
        document = jwe.encrypt_compact(header, orjson.dumps(whole), key)
        body = orjson.dumps({"type": "referral.created", "data": {"document": document}}).decode()
        webhook_id = f"msg_{staff_id(f'referral {group.number}')}"

        async def accepted() -> bool:
            now = datetime.now(UTC)
            signature = Webhook(self._signing_secret).sign(webhook_id, now, body)
            headers = {
                "webhook-id": webhook_id,
                "webhook-timestamp": str(int(now.timestamp())),
                "webhook-signature": signature,
                "content-type": "application/json",
            }
            url = f"{self.plan.url('notify')}/partners/{self._id}/referrals"
            answer = await http.post(url, content=body, headers=headers)
            if answer.status_code not in {202, *HEALS}:
                raise LocalError(f"the referral was refused: {answer.status_code}")
            return answer.status_code == 202

        await patiently(accepted, "a referral is not accepted")

    @asynccontextmanager
    async def listening(self) -> AsyncIterator["Partner"]:
        """Receive news meanwhile."""
        server = await asyncio.start_server(self._receive, LOOPBACK, self.port)
        try:
            yield self
        finally:
            server.close()

    async def _receive(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(_END)).decode()
            lines = [line.split(": ", 1) for line in head.split("\r\n")[1:] if ": " in line]
            headers = {name.lower(): value for name, value in lines}
            body = await reader.readexactly(int(headers.get("content-length", "0")))
            status = self._believe(headers, body)
            writer.write(f"HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
            await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    def _believe(self, headers: dict[str, str], body: bytes) -> str:
        try:
            told = Webhook(self._secret).verify(body.decode(), headers)
        except Exception:
            return "401 Unauthorized"
        if headers["webhook-id"] not in self._seen:
            self._seen.add(headers["webhook-id"])
            self.news[told["case"]].append(told)
        return "204 No Content"
