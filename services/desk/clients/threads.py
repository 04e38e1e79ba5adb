"""Threads with who came through the front door, as the desk asks intake for them."""

from datetime import datetime

from services.desk.clients.api import Paged, Said
from services.desk.clients.intake import Intake
from services.desk.clients.service import Done


class Thread(Said):
    """The thread of a request; waiting: the last word is theirs."""

    request_id: str
    case_id: str | None
    state: str
    waiting: bool
    unread: int
    version: int


class Letter(Said):
    """A letter. file: the id of a file that came with it."""

    id: str
    request_id: str
    kind: str
    language: str
    text: str
    at: datetime
    read: bool
    file: str | None


class Threads:
    """What intake keeps of letters, in the name of who is signed in. Errors of all: as the client's."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake

    async def waiting(self, after: str | None, limit: int, *, every: bool) -> Paged[Thread]:
        return await self._intake.get(
            "/threads", Paged[Thread], waiting="false" if every else "true", after=after, limit=limit
        )

    async def one(self, request_id: str) -> Thread:
        return await self._intake.get(f"/requests/{request_id}/thread", Thread)

    async def letters(self, request_id: str) -> tuple[Letter, ...]:
        return await self._intake.every(f"/requests/{request_id}/letters", Letter)

    async def answer(self, request_id: str, text: str, version: int, key: str) -> None:
        await self._intake.post(f"/requests/{request_id}/thread/answer", Done, key, {"text": text}, version)

    async def send_copy(self, request_id: str, person_id: str, version: int, key: str) -> None:
        await self._intake.post(f"/requests/{request_id}/thread/copy", Done, key, {"person_id": person_id}, version)

    async def mark_read(self, request_id: str, version: int, key: str) -> None:
        await self._intake.post(f"/requests/{request_id}/thread/reading", Done, key, None, version)

    async def file(self, letter_id: str) -> tuple[str, bytes]:
        """Its media type and content."""
        return await self._intake.content(f"/letters/{letter_id}/file")
