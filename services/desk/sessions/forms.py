"""The one-time token of a form, and the key under which the services do what it asks once.

Rule: a token is made for one session and one act, and nobody else can make it. Sent twice it asks for the same thing
under the same Idempotency-Key, so the services do it once; nothing is kept here.
"""

import hashlib
import hmac
import secrets

from services.desk.sessions.sessions import Session
from shared.errors import forbidden


def form_token(session: Session, act: str) -> str:
    """A fresh token. act: the path that the form is sent to."""
    nonce = secrets.token_urlsafe(16)
    return f"{nonce}.{_seal(session, act, nonce)}"


def idempotency_key(session: Session, act: str, token: str) -> str:
    """Errors: Refusal forbidden `form_not_ours` for a token that was not made for this session and act."""
    nonce, _, seal = token.partition(".")
    if not hmac.compare_digest(seal.encode(), _seal(session, act, nonce).encode()):
        raise forbidden("form_not_ours")
    return hashlib.sha256(token.encode()).hexdigest()[:40]


def _seal(session: Session, act: str, nonce: str) -> str:
    said = f"{act}\0{nonce}".encode()
    return hmac.new(bytes.fromhex(session.secret), said, hashlib.sha256).hexdigest()
