"""Lists from elsewhere as the desk asks intake for them, and the form of a case for a government."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from services.desk.clients.api import Paged, Said
from services.desk.clients.service import Done, Service


class Refused(Said):
    """The first row of what could not be brought in although nothing was wrong with it."""

    row: int
    reason: str


class Listed(Said):
    """An import on a list."""

    id: str
    form: str
    state: str
    begun_at: datetime


class Import(Listed):
    """An import and how far it came."""

    file_id: str | None
    reading: str | None
    unread: str | None
    made: int
    known: int
    bad: int
    refused: tuple[Refused, ...]
    version: int


class Fault(Said):
    """What is wrong with a row."""

    row: int
    field: str
    reason: str


class Tried(Said):
    """What a run would do."""

    rows: int
    good: int
    known: int
    bad_rows: int
    faults: tuple[Fault, ...]
    next: int | None


class Individual(Said):
    """A member of a case as the form lists them."""

    number: int
    relationship: str
    name_on_papers: str
    marker_on_papers: str
    date_of_birth: date
    country_of_origin: str
    nationality: str
    marital_status: str
    languages: tuple[str, ...]
    specific_needs: tuple[str, ...]


class Form(Said):
    """A case as a government's form."""

    case_reference: str
    made_on: date
    case_size: int
    submission_priority: str
    primary_category: str
    secondary_category: str
    individuals: tuple[Individual, ...]
    csv: str | None


class Imports(Service):
    """What comes in from other systems, and what goes out to one."""

    async def imports(self, after: str | None, limit: int) -> Paged[Listed]:
        return await self.get("/imports", Paged[Listed], after=after, limit=limit)

    async def begin(self, form: str, mapping: str, key: str) -> Import:
        return await self.post("/imports", Import, key, {"form": form, "mapping": mapping})

    async def add_file(self, import_id: str, content: bytes, media_type: str, key: str) -> None:
        await self.send(f"/imports/{import_id}/file", Done, key, content, media_type)

    async def one(self, import_id: str) -> Import:
        return await self.get(f"/imports/{import_id}", Import)

    async def trial(self, import_id: str, after: int, limit: int) -> Tried:
        return await self.get(f"/imports/{import_id}/trial", Tried, after=after, limit=limit)

    async def change(self, import_id: str, what: str, version: int, key: str) -> None:
        """what: run or cancellation."""
        await self.post(f"/imports/{import_id}/{what}", Done, key, None, version)

    async def form(self, case_id: str, body: Mapping[str, Any], key: str) -> Form:
        return await self.post(f"/cases/{case_id}/resettlement-form", Form, key, body)
