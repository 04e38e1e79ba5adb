"""The one way to say no.

Rule: below the HTTP door and the bus door nobody speaks of status codes or acknowledgements; a `Refusal` names
its kind and code, and one table per door (`shared.web.problems`, `shared.messaging.inbox`) turns it into an answer.
"""

from typing import Literal

Kind = Literal["invalid", "unauthenticated", "not_found", "forbidden", "conflict", "stale", "unavailable"]


class Refusal(Exception):  # noqa: N818 - the word of the domain, not an accident
    """An action that may not or cannot be done.

    kind: what sort of no, decides HTTP status or ack/retry/park.
    code: stable snake_case word for machines.
    detail: one sentence for people; never personal data.
    """

    def __init__(self, kind: Kind, code: str, detail: str = "") -> None:
        super().__init__(f"{kind}:{code}")
        self.kind: Kind = kind
        self.code = code
        self.detail = detail


def invalid(code: str, detail: str = "") -> Refusal:
    """The input itself is wrong, whoever sends it and whenever."""
    return Refusal("invalid", code, detail)


def unauthenticated(code: str, detail: str = "") -> Refusal:
    """Nobody knows who the caller is: no token, or one that does not hold."""
    return Refusal("unauthenticated", code, detail)


def not_found(code: str = "not_found", detail: str = "") -> Refusal:
    """It does not exist, or the caller may not know that it does."""
    return Refusal("not_found", code, detail)


def forbidden(code: str, detail: str = "") -> Refusal:
    """The caller may know that it exists but may not do this."""
    return Refusal("forbidden", code, detail)


def conflict(code: str, detail: str = "") -> Refusal:
    """A rule of the domain stands against it in the present state."""
    return Refusal("conflict", code, detail)


def stale(code: str = "stale_version", detail: str = "") -> Refusal:
    """The caller decided on an older version than the present one."""
    return Refusal("stale", code, detail)


def unavailable(code: str, detail: str = "") -> Refusal:
    """It may heal by itself: try again later."""
    return Refusal("unavailable", code, detail)
