"""The search as the desk asks intake for it."""

from services.desk.clients.api import Paged, Said
from services.desk.clients.service import Service


class Match(Said):
    """A term that was hit; how: as written, or as it may be meant."""

    kind: str
    said: str
    how: str


class Hit(Said):
    """What was found, and its case if it has one."""

    about: str
    id: str
    case_id: str | None
    code_name: str | None
    matches: tuple[Match, ...]


class Finding(Service):
    """Intake, asked for people, requests and cases by what they are called."""

    async def found(self, words: str, after: str | None, key: str) -> Paged[Hit]:
        """The words go in the body; the address holds a cursor at most."""
        path = "/search" if after is None else f"/search?after={after}"
        return await self.post(path, Paged[Hit], key, {"words": words})
