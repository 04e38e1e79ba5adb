"""What is published, as the desk asks intake for it: claims side by side, and reports."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from services.desk.clients.api import Paged, Said
from services.desk.clients.service import Done, Service
from services.desk.clients.testimony import Registered


class Number(Said):
    """A number of a claim."""

    qualifier: str
    value: int | None


class Erratum(Number):
    """What was wrong in a claim."""

    note: str
    at: datetime


class Claim(Number):
    """A claim as it was recorded, with its errata."""

    id: str
    definition: str
    definition_version: int
    as_of: date
    source: str
    verified: bool
    how_verified: str
    errata: tuple[Erratum, ...]
    present: Number | None
    version: int


class Claims(Paged[Claim]):
    """Claims on a topic side by side."""

    disagree: bool


class Report(Said):
    """A report and how far it has come."""

    id: str
    title: str
    introduction: str
    topics: tuple[str, ...]
    edition: int
    as_of: datetime
    state: str
    proposed: bool
    created_by: str
    digest: str | None
    pdf_digest: str | None
    errata: int
    version: int


class Table(Said):
    """A table of a report."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str | int | None, ...], ...]


class Quote(Said):
    """What a witness said, masked."""

    pseudonym: str
    language: str
    year: int
    original: str
    translation: str


class Draft(Said):
    """What a report says now."""

    title: str
    introduction: str
    edition: int
    as_of: date
    threshold: int
    witnesses: int | None
    left_out: int | None
    tables: tuple[Table, ...]
    statements: tuple[Quote, ...]
    version: int


class Reports(Service):
    """Numbers that others published, and what is compiled here."""

    async def claims(self, topic: str, after: str | None, limit: int) -> Claims:
        return await self.get("/claims", Claims, topic=topic, after=after, limit=limit)

    async def record_claim(self, body: Mapping[str, Any], key: str) -> None:
        await self.post("/claims", Done, key, body)

    async def change_claim(self, claim_id: str, what: str, body: Mapping[str, Any], version: int, key: str) -> None:
        """what: verification or errata."""
        await self.post(f"/claims/{claim_id}/{what}", Done, key, body, version)

    async def plan_report(self, body: Mapping[str, Any], key: str) -> Registered:
        return await self.post("/reports", Registered, key, body)

    async def replan_report(self, report_id: str, body: Mapping[str, Any], version: int, key: str) -> None:
        await self.post(f"/reports/{report_id}", Done, key, body, version)

    async def make_pdf(self, report_id: str, key: str) -> None:
        await self.post(f"/reports/{report_id}/pdf", Done, key)

    async def reports(self, after: str | None, limit: int) -> Paged[Report]:
        return await self.get("/reports", Paged[Report], after=after, limit=limit)

    async def report(self, report_id: str) -> Report:
        return await self.get(f"/reports/{report_id}", Report)

    async def draft(self, report_id: str) -> Draft:
        return await self.get(f"/reports/{report_id}/draft", Draft)

    async def propose_freezing(self, report_id: str, version: int, key: str) -> None:
        await self.post(f"/reports/{report_id}/freezing", Done, key, None, version)

    async def pdf(self, report_id: str) -> bytes:
        _, content = await self.content(f"/reports/{report_id}/pdf")
        return content
