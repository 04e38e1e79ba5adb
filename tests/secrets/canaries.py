"""Canaries: what the story told the services about people, and the forms in which it could be found again.

Rule: every string that a client sends is a canary unless `IN_CLEAR` names its field and says why; so a new personal
field is looked for from its first day.
"""

import re
from base64 import b64encode
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import orjson

IN_CLEAR = {
    "/claims.topic": "what a published number counts",
    "/claims.qualifier": "how sure a published number is",
    "/claims.definition": "what a published number means",
    "/claims.as_of": "the date of a published number",
    "/claims.source": "where a published number comes from",
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
    "/partners/{id}/referrals.document": "a JWE, opened by intake alone",
    "/programmes/{id}/disclosures.figures": "to be published",
    "/programmes/{id}/disclosures.as_of": "to be published",
    "/programmes/{id}/disclosures.source": "to be published",
    "/disclosures/{id}/signatures.content_digest": "a digest of what is to be published",
    "/programmes.sealed": "a word that stands for much else; that a programme is there is known to settlement alone",
    "/cases/{id}/verification/items.kind": "a word that stands for much else",
    "/cases/{id}/verification/items.result": "a word that is also a state of the case",
    "/submissions/{id}/decision.outcome": "a word that stands for much else",
    "/receptions/{id}/handover.side": "a word that stands for much else",
    "/cases/{id}/pathways.from_date": "a day on which much else happens",
    "/submissions/{id}/decision.from_date": "a day on which much else happens",
}

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
            self.add(route, orjson.loads(request.content))

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
        for key, value in body.items():
            yield from _leaves(value, key)
    elif isinstance(body, list):
        for value in body:
            yield from _leaves(value, name)
    elif isinstance(body, str):
        yield name, body
