"""Partners, what was agreed with them, and whose consent opens a case to them.

Rule: a partner learns of a case only what the agreement names, while it is in force, and only while every person of
the case consents. A partner knows a case by a pseudonym that means nothing elsewhere.
"""

import ipaddress
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Literal
from urllib.parse import urlsplit

from shared.errors import Refusal, conflict, invalid

State = Literal["active", "suspended"]
Kind = Literal[
    "case.accepted",
    "case.verifying",
    "case.verified",
    "case.not_verified",
    "case.triaged",
    "case.planned",
    "case.closed",
    "case.reopened",
]
LOOPBACK = {"localhost", "127.0.0.1", "::1"}


@dataclass(frozen=True)
class Agreement:
    """Which news of a case a partner may get, and until when; the day `expires_on` is no longer covered."""

    kinds: frozenset[str]
    expires_on: date

    def in_force(self, today: date) -> bool:
        return today < self.expires_on

    def allows(self, kind: str, today: date) -> bool:
        return kind in self.kinds and self.in_force(today)


@dataclass(frozen=True)
class Partner:
    """A partner as the system handles it, without its name."""

    id: str
    state: State
    agreement: Agreement
    version: int


@dataclass(frozen=True)
class Particulars:
    """Who a partner is and where its webhooks go; stored encrypted under the partner's key."""

    name: str
    endpoint_url: str


@dataclass(frozen=True)
class Secrets:
    """Standard Webhooks secrets: what the partner signs with, and what we sign with."""

    inbound: str
    outbound: str


@dataclass(frozen=True)
class Signing:
    """The secrets that hold at an instant: the present ones, and for a while those before them."""

    present: Secrets
    former: Secrets | None

    @property
    def all(self) -> tuple[Secrets, ...]:
        return (self.present,) if self.former is None else (self.present, self.former)


@dataclass(frozen=True)
class Consent:
    """Whether a person consents, to sharing their case or to being counted in public, and the first day without."""

    live: bool
    expires_on: date

    def holds(self, today: date) -> bool:
        return self.live and today < self.expires_on

    def written(self) -> str:
        """As it is encrypted: of one length, whatever it says."""
        return f"{self.live:d}{self.expires_on.isoformat()}"

    @classmethod
    def read(cls, written: str) -> "Consent":
        return cls(written[0] == "1", date.fromisoformat(written[1:]))


NO_CONSENT = Consent(False, date.max)


def is_open(consents: Collection[Consent], today: date) -> bool:
    """A case is open to its partner while everybody on it consents; a case without people never is."""
    return bool(consents) and all(consent.holds(today) for consent in consents)


def closes_on(consents: Collection[Consent]) -> date | None:
    """The first day on which a consent that is live now has expired by itself."""
    days = [consent.expires_on for consent in consents if consent.live and consent.expires_on != date.max]
    return min(days, default=None)


def check_agreement(agreement: Agreement, today: date) -> None:
    """Errors: Refusal invalid when it would have expired when made."""
    if not agreement.in_force(today):
        raise invalid("expired", "This agreement would be expired already.")


def check_move(partner: Partner, to: State) -> None:
    """Errors: Refusal conflict when the partner is there already."""
    if partner.state == to:
        raise conflict("same_state", f"The partner is {to} already.")


def check_endpoint(url: str, *, loopback_http: bool) -> None:
    """Whether webhooks may be sent there: https on a public host. loopback_http: allow http on this machine.

    Errors: Refusal invalid.
    """
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError as error:
        raise _malformed() from error
    if not host or parts.username is not None or parts.fragment:
        raise _malformed()
    if loopback_http and parts.scheme == "http" and host in LOOPBACK:
        return
    if parts.scheme != "https":
        raise invalid("endpoint_insecure", "An endpoint needs https.")
    if host in LOOPBACK or _is_inside(host):
        raise invalid("endpoint_not_public", "An endpoint must be a host on the public network.")


def _malformed() -> Refusal:
    return invalid("endpoint_malformed", "This is no address that webhooks could be sent to.")


def _is_inside(host: str) -> bool:
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return False
