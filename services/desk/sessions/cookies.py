"""The two cookies: the session, and a sign-in on its way.

Rule: no script reads them and no other site has them sent. The session's is Strict, so it is set on a page that the
browser leaves by itself; the one of a sign-in must come back with the issuer's answer, so it is Lax, lives for minutes,
and its content opens here only.
"""

import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from contextlib import suppress
from dataclasses import asdict

from fastapi import Request, Response

from services.desk.sessions.provider import Begun
from shared.errors import Refusal
from shared.vault import Ciphertext, SubjectCipher

SIGN_IN_S = 600


class Cookies:
    """tls: whether browsers come by https; only then is there a `__Host-` cookie."""

    def __init__(self, cipher: SubjectCipher, *, tls: bool) -> None:
        self._cipher = cipher
        self._tls = tls
        prefix = "__Host-" if tls else ""
        self._session, self._begun = f"{prefix}desk", f"{prefix}desk-sign-in"

    def session(self, request: Request) -> str | None:
        return request.cookies.get(self._session)

    def give_session(self, answer: Response, value: str) -> None:
        """Until the browser closes, or the session is over here."""
        answer.set_cookie(self._session, value, httponly=True, samesite="strict", secure=self._tls)

    def take_session(self, answer: Response) -> None:
        answer.delete_cookie(self._session, httponly=True, samesite="strict", secure=self._tls)

    def begun(self, request: Request) -> Begun | None:
        """The sign-in that this browser began, if it is not over."""
        with suppress(Refusal, ValueError, TypeError):
            box = Ciphertext(urlsafe_b64decode(request.cookies.get(self._begun, "")))
            begun = Begun(**self._cipher.decrypt_json("sign-in", box))
            return begun if begun.until > time.time() else None
        return None

    def give_begun(self, answer: Response, begun: Begun) -> None:
        box = urlsafe_b64encode(self._cipher.encrypt_json("sign-in", asdict(begun)).box).decode()
        answer.set_cookie(self._begun, box, SIGN_IN_S, httponly=True, samesite="lax", secure=self._tls)

    def take_begun(self, answer: Response) -> None:
        answer.delete_cookie(self._begun, httponly=True, samesite="lax", secure=self._tls)
