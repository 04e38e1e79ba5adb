"""One service's API over HTTP.

Rule: an address holds ids, states and cursors only; what somebody wrote goes in a body.
"""

from collections.abc import Mapping
from typing import Any, Generic, TypeVar

import httpx
from pydantic import BaseModel, ConfigDict, ValidationError

from shared.observability import correlation

M = TypeVar("M", bound=BaseModel)


class Said(BaseModel):
    """What a service says; fields that the desk does not know are passed over."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Paged(Said, Generic[M]):
    """Some items of a list; `next` goes on."""

    items: tuple[M, ...]
    next: str | None = None


MOST = 200
"""Items of a list that a service hands out at once."""

ANSWER_S = 5.0
"""Who has not answered by then is silent."""


class UnansweredError(Exception):
    """A service did not do or tell what it was asked."""

    def __init__(self, service: str) -> None:
        super().__init__(service)
        self.service = service


class Place(Said):
    """Where in what was sent something is wrong, and what kind of wrong it is."""

    at: str
    problem: str


class Problem(UnansweredError):  # noqa: N818 - the word of RFC 9457
    """It said no. status: of HTTP; code: its word; detail: its sentence for people, or nothing; errors: where."""

    def __init__(self, service: str, status: int, code: str, detail: str, errors: tuple[Place, ...] = ()) -> None:
        super().__init__(service)
        self.errors = errors
        self.status = status
        self.code = code
        self.detail = detail


class Silent(UnansweredError):  # noqa: N818 - a state, not a fault of ours
    """It did not answer in time, or nothing that can be read."""


class TokenRefusedError(Exception):
    """A service does not believe the token any more: no answer like others, because then nobody is signed in."""


class Api:
    """token: of whoever is signed in; None for what everybody may read. Any call: Errors: TokenRefusedError."""

    def __init__(self, http: httpx.AsyncClient, service: str, url: str, token: str | None) -> None:
        self._http = http
        self.service = service
        self._url = url
        self._headers = {} if token is None else {"Authorization": f"Bearer {token}"}

    async def get(self, path: str, shape: type[M], **params: str | int | None) -> M:
        """Errors: Problem, Silent."""
        given = {name: value for name, value in params.items() if value is not None}
        return await self._ask("GET", path, shape, params=given)

    async def content(self, path: str) -> tuple[str, bytes]:
        """The media type and the whole of a file. Errors: as `get`."""
        answer = await self._answer("GET", path)
        return answer.headers.get("content-type", "application/octet-stream"), answer.content

    async def every(self, path: str, shape: type[M]) -> tuple[M, ...]:
        """All items of a list. Errors: as `get`."""
        found: list[M] = []
        after: str | None = None
        while True:
            page = await self.get(path, Paged[shape], after=after, limit=MOST)  # type: ignore[valid-type]
            found += page.items
            after = page.next
            if after is None:
                return tuple(found)

    async def post(
        self,
        path: str,
        shape: type[M],
        key: str,
        body: Mapping[str, Any] | None = None,
        version: int | None = None,
    ) -> M:
        """key: under which it is done once. version: of what was seen, when it changes something. Errors: as `get`."""
        headers = {"Idempotency-Key": key}
        if version is not None:
            headers["If-Match"] = f'"{version}"'
        return await self._ask("POST", path, shape, headers, json=body)

    async def send(self, path: str, shape: type[M], key: str, content: bytes, media_type: str) -> M:
        """A file. key: as of `post`. Errors: as `get`."""
        headers = {"Idempotency-Key": key, "Content-Type": media_type}
        return await self._ask("POST", path, shape, headers, content=content)

    async def _ask(
        self, method: str, path: str, shape: type[M], headers: Mapping[str, str] | None = None, **sent: Any
    ) -> M:
        answer = await self._answer(method, path, headers, **sent)
        try:
            return shape.model_validate_json(answer.content)
        except ValidationError as error:
            raise Silent(self.service) from error

    async def _answer(
        self, method: str, path: str, headers: Mapping[str, str] | None = None, **sent: Any
    ) -> httpx.Response:
        present = correlation.get()
        thread = {} if present is None else {"X-Correlation-Id": present}
        try:
            answer = await self._http.request(
                method, self._url + path, headers={**self._headers, **thread, **(headers or {})}, **sent
            )
        except httpx.TransportError as error:
            raise Silent(self.service) from error
        if answer.status_code == httpx.codes.UNAUTHORIZED:
            raise TokenRefusedError
        if answer.is_error:
            raise self._problem(answer)
        return answer

    def _problem(self, answer: httpx.Response) -> UnansweredError:
        try:
            said = answer.json()
            places = tuple(Place.model_validate(one) for one in said.get("errors", ()))
            return Problem(self.service, answer.status_code, str(said["code"]), str(said.get("detail", "")), places)
        except (ValueError, KeyError, TypeError):
            return Silent(self.service)
