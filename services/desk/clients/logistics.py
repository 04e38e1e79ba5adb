"""Logistics as the desk asks it."""

from services.desk.clients.api import Said
from services.desk.clients.service import Service


class Split(Said):
    """Who would travel apart from the rest of a case, and why."""

    id: str
    case_id: str
    person_ids_apart: tuple[str, ...]
    reason: str
    version: int


class Logistics(Service):
    """Splits, beside what every service offers."""

    async def split(self, split_id: str) -> Split:
        return await self.get(f"/splits/{split_id}", Split)
