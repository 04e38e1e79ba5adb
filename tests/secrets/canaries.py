"""Canaries: what the story told the services about people, and the forms in which it could be found again.

Rule: every string that a client sends is a canary unless `IN_CLEAR` names its field and says why; so a new personal
field is looked for from its first day. A code is a canary like any text; where one field holds codes of several kinds,
each kind counts as a field of its own, so that none is crowded out.
"""

import re
from base64 import b64encode
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import httpx
import orjson

IN_CLEAR = {
    "/claims.topic": "what a published number counts",
    "/claims.qualifier": "how sure a published number is",
    "/claims.definition": "what a published number means",
    "/claims.as_of": "the date of a published number",
    "/claims.source": "where a published number comes from",
    "/claims/{id}/errata.qualifier": "how sure a published number is",
    "/claims/{id}/errata.note": "printed with a published number",
    "/claims/{id}/verification.how": "printed with a published number",
    "/reports.topics": "what published numbers count",
    "/partners.name": "an organisation, not a person",
    "/partners.endpoint_url": "where an organisation receives webhooks",
    "/partners.kinds": "what an agreement covers",
    "/partners.expires_on": "until when an agreement holds",
    "/requests.channel": "how somebody came in; the same word for everybody",
    "/requests/{id}/case.code_name": "made up so that a case can be spoken of",
    "/requests/{id}/case.team": "random ids of staff",
    "/houses.code_name": "made up so that a house can be spoken of",
    "/houses.region": "as coarse as the organisation wants it",
    "/houses/{id}/state.state": "a state name",
    "/houses/{id}/holds.case_id": "a random id",
    "/houses/{id}/holds.person_ids": "random ids",
    "/houses/{id}/holds.expires_at": "an instant of a stay",
    "/programmes/{id}/staff.actor_id": "a random id",
    "/programmes/{id}/submissions.case_id": "a random id",
    "/programmes/{id}/submissions.person_ids": "random ids",
    "/cases/{id}/pathways.person_ids": "random ids",
    "/cases/{id}/journeys.person_ids": "random ids",
    "/journeys/{id}/arrival.person_ids": "random ids",
    "/requests/{id}/merge.into": "a random id",
    "/requests/{id}/safe-contact.whom": "a word that stands for much else",
    "/shifts.actor_id": "a random id of staff",
    "/shifts.begins_at": "an instant of the roster",
    "/shifts.ends_at": "an instant of the roster",
    "/people/{id}/consents.guardian_id": "a random id",
    "/people/{id}/consents.how": "a word that stands for much else",
    "/people/{id}/consents.recipients": "words that stand for much else, and the same for nearly everybody",
    "/partners/{id}/referrals.document": "a JWE, opened by intake alone",
    "/programmes/{id}/disclosures.figures": "to be published",
    "/programmes/{id}/disclosures.as_of": "to be published",
    "/programmes/{id}/disclosures.source": "to be published",
    "/disclosures/{id}/signatures.content_digest": "a digest of what is to be published",
    "/programmes.sealed": "a word that stands for much else; that a programme is there is known to settlement alone",
    "/cases/{id}/verification/items.kind": "a word that stands for much else",
    "/cases/{id}/verification/items.result": "a word that is also a state of the case",
    "/cases/{id}/verification/items.supports": "a word that stands for much else",
    "/cases/{id}/verification/interviews.person_id": "a random id",
    "/cases/{id}/verification/interviews.by": "a word that stands for much else",
    "/cases/{id}/verification/interviews.held_at": "an instant at which much else happens",
    "/cases/{id}/verification/proposal.mode": "a word that stands for much else",
    "/cases/{id}/verification/proposal.verdict": "a word that is also a state of the case",
    "/cases/{id}/verification/decision.approval_id": "a random id",
    "/cases/{id}/statements.person_id": "a random id",
    "/cases/{id}/statements.interviewer_id": "a random id of staff",
    "/cases/{id}/statements.interpreter_id": "a random id",
    "/cases/{id}/statements.held_on": "a day on which much else happens",
    "/people/{id}/safe-contact.channel": "a word that stands for much else",
    "/people/{id}/entries.kind": "a word that stands for much else",
    "/people/{id}/entries.source": "a word that stands for much else",
    "/cases/{id}/notes.person_id": "a random id",
    "/cases/{id}/notes.on": "a day on which much else happens",
    "/cases/{id}/duties.due_at": "the instant at which a duty is due",
    "/cases/{id}/interpreter-search.person_id": "a random id",
    "/cases/{id}/interpreter-search.starts_at": "an instant of the diary",
    "/cases/{id}/interpreter-search.ends_at": "an instant of the diary",
    "/cases/{id}/appointments.kind": "a word that stands for much else",
    "/cases/{id}/appointments.person_id": "a random id",
    "/cases/{id}/appointments.interpreter_id": "a random id",
    "/cases/{id}/appointments.starts_at": "an instant of the diary",
    "/cases/{id}/appointments.ends_at": "an instant of the diary",
    "/cases/{id}/appointments.zone": "a word that stands for much else",
    "/appointments/{id}/times.starts_at": "an instant of the diary",
    "/appointments/{id}/times.ends_at": "an instant of the diary",
    "/interpreters.zone": "a word that stands for much else",
    "/interpreters.gender": "a word that stands for much else",
    "/interpreters/{id}/vetting.signed_on": "a day on which much else happens",
    "/people/{id}/interpreter-wishes.gender": "a word that stands for much else",
    "/holds/{id}/lifting/decision.approval_id": "a random id",
    "/cases/{id}/plan/decision.approval_id": "a random id",
    "/cases/{id}/plan.due_on": "a day on which much else happens",
    "/cases/{id}/plan.review_on": "the day on which a duty is due",
    "/cases/{id}/verification/head-review.approval_id": "a random id",
    "/submissions/{id}/decision.outcome": "a word that stands for much else",
    "/receptions/{id}/handover.side": "a word that stands for much else",
    "/cases/{id}/pathways.from_date": "a day on which much else happens",
    "/submissions/{id}/decision.from_date": "a day on which much else happens",
}

BY_CHANCE = {"/cases/{id}/verification/head-review.approval_id"}
"""What the story says only when chance has it so."""

ONLY_IN = {"/programmes.kind": "databases/settlement.sqlite"}
"""Known to one service in clear, and to nobody else."""

EXAMPLES = 4
"""How many different values of each field are looked for."""

SHORTEST = 6
"""Below this many characters a value is looked for as a JSON string, in quotes, because it turns up by chance."""

LEAST_BASE64 = 8
"""Fewer characters of base64 turn up by chance."""

_ID = re.compile(r"/[0-9a-f]{32}")


@dataclass
class Canaries:
    """What was said, by route and field."""

    said: dict[str, list[str]] = field(default_factory=dict)

    async def note(self, request: httpx.Request) -> None:
        """An event hook for httpx: remember what this request says."""
        if request.method == "POST" and request.content:
            route = _ID.sub("/{id}", request.url.path)
            self.add(route, _body(request))

    def add(self, route: str, body: Any) -> None:
        """Remember every string in `body`."""
        for name, value in _leaves(body):
            values = self.said.setdefault(f"{route}.{name}", [])
            if value and value not in values and len(values) < EXAMPLES:
                values.append(value)

    def secrets(self) -> dict[str, list[str]]:
        """The values by field that must not be found."""
        return {place: values for place, values in self.said.items() if place not in IN_CLEAR}

    def forms(self) -> dict[bytes, str]:
        """What to look for, and the field that it tells of."""
        return {form: place for place, values in self.secrets().items() for text in values for form in forms(text)}


def _body(request: httpx.Request) -> Any:
    """What a request says: JSON, the lines of a text, or the fields of a form without those that a page gave it."""
    if request.headers["Content-Type"] == "text/plain":
        return {"content": request.content.decode().splitlines()}
    if request.headers["Content-Type"] != "application/x-www-form-urlencoded":
        return orjson.loads(request.content)
    return {name: value for name, value in parse_qsl(request.content.decode()) if name not in ("draft", "visit")}


def forms(text: str) -> set[bytes]:
    """The text as it is, in hex, base64 at every alignment, UTF-16, and escaped as in JSON."""
    if len(text) < SHORTEST:
        return {f'"{text}"'.encode(), *(f'"{text}"'.encode(wide) for wide in ("utf-16-le", "utf-16-be"))}
    raw = text.encode()
    found = {raw, raw.hex().encode(), raw.hex().upper().encode(), orjson.dumps(text)[1:-1]}
    found |= {text.encode(wide) for wide in ("utf-16-le", "utf-16-be")}
    return found | {part for skipped in range(3) if len(part := _aligned(raw, skipped)) >= LEAST_BASE64}


def found_in(content: bytes, looked_for: dict[bytes, str]) -> Iterator[str]:
    """The fields whose canaries are in `content`."""
    for form, place in looked_for.items():
        if form in content:
            yield place


def _aligned(raw: bytes, skipped: int) -> bytes:
    """The part of base64 that is the same whatever stands around `raw`, when `skipped` bytes precede it."""
    encoded = b64encode(b"\0" * skipped + raw)
    whole = (skipped + len(raw)) // 3 * 4
    return encoded[4 if skipped else 0 : whole]


def _leaves(body: Any, name: str = "") -> Iterable[tuple[str, str]]:
    if isinstance(body, dict):
        kind = body.get("kind")
        for key, value in body.items():
            yield from _leaves(value, f"{key}[{kind}]" if kind and key == "value" else key)
    elif isinstance(body, list):
        for value in body:
            yield from _leaves(value, name)
    elif isinstance(body, str):
        yield name, body
