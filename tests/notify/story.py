"""What the tests of notify tell it: invented partners, referrals, cases, consents."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, get_args
from uuid import uuid4

import httpx
import orjson
from sqlalchemy import select
from standardwebhooks.webhooks import Webhook

from services.notify.partners.model import Kind
from services.notify.webhooks.store.deliveries import DELIVERIES
from shared.clock import new_id
from shared.contracts.fields import Sealed
from shared.contracts.intake import (
    AccessChanged,
    CaseMember,
    CaseOpened,
    CaseStateChanged,
    ConsentChanged,
    ConsentTerms,
    MemberFacts,
)
from tests.support.room import Room, staff

DOCUMENT = "eyJhbGciOiJFQ0RILUVTIn0.a2V5.aXY.Y2lwaGVy.dGFn"
MANAGER = staff("partner_manager")


@dataclass(frozen=True)
class Ally:
    """A partner as it knows itself."""

    id: str
    inbound: str
    outbound: str


async def befriend(room: Room, url: str = "http://127.0.0.1:9/in", **changes: Any) -> Ally:
    """Make an agreement with an invented partner about all news."""
    body = {
        "name": "Northern Lantern",
        "endpoint_url": url,
        "kinds": list(get_args(Kind)),
        "expires_on": "2018-01-01",
        **changes,
    }
    async with room.client(MANAGER) as client:
        made = await client.post("/partners", json=body)
    assert made.status_code == 201, made.text
    told = made.json()
    return Ally(told["id"], told["inbound_secret"], told["outbound_secret"])


def signed(ally: Ally, body: bytes, *, webhook_id: str | None = None, at: datetime | None = None) -> dict[str, str]:
    """The headers of a webhook that `ally` sends."""
    webhook_id = webhook_id or f"msg_{uuid4().hex}"
    at = at or datetime.now(UTC)
    signature = Webhook(ally.inbound).sign(webhook_id, at, body.decode())
    return {
        "webhook-id": webhook_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": signature,
        "content-type": "application/json",
    }


REFERRAL = orjson.dumps({"type": "referral.created", "data": {"document": DOCUMENT}})


async def refer(room: Room, ally: Ally, *, webhook_id: str | None = None, body: bytes = REFERRAL) -> httpx.Response:
    """`ally` sends a referral."""
    async with room.client() as client:
        headers = signed(ally, body, webhook_id=webhook_id)
        return await client.post(f"/partners/{ally.id}/referrals", content=body, headers=headers)


async def open_case(room: Room, ally: Ally | None, people: int = 1) -> tuple[str, list[str]]:
    """A case, brought by `ally` or by nobody; its id and its people's."""
    referral_id = None if ally is None else (await refer(room, ally)).json()["referral_id"]
    case_id, person_ids = new_id(), [new_id() for _ in range(people)]
    facts = MemberFacts(principal=True, born_on=date(1990, 5, 1), country_of_danger="RU")
    members = tuple(CaseMember(person_id=who, facts=Sealed.of(who, facts)) for who in person_ids)
    opened = CaseOpened(case_id=case_id, at=room.clock.now(), members=members, referral_id=referral_id)
    assert await room.tell(opened) is None
    return case_id, person_ids


async def go(room: Room, case_id: str, state: Any) -> None:
    assert await room.tell(CaseStateChanged(case_id=case_id, at=room.clock.now(), state=state)) is None


async def consent(
    room: Room, case_id: str, person_id: str, *, live: bool = True, until: date | None = None, to: Any = None
) -> None:
    """A person consents to share with the partner, or takes it back."""
    terms = ConsentTerms(purpose=to or "share_with_partner", live=live, expires_on=until)
    told = ConsentChanged(case_id=case_id, person_id=person_id, at=room.clock.now(), terms=Sealed.of(person_id, terms))
    assert await room.tell(told) is None


async def assign(room: Room, case_id: str, *assigned: str, recused: tuple[str, ...] = ()) -> None:
    told = AccessChanged(case_id=case_id, at=room.clock.now(), assigned=assigned, recused=recused)
    assert await room.tell(told) is None


async def queue_of(room: Room, ally: Ally) -> list[tuple[str, str]]:
    """Kind and state of all news for a partner, in the order in which it happened."""

    query = select(DELIVERIES.c.kind, DELIVERIES.c.state).where(DELIVERIES.c.partner_id == ally.id)
    return [(row["kind"], row["state"]) for row in await room.rows(query.order_by(DELIVERIES.c.place))]
