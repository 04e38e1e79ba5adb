"""Notify as the desk asks it."""

from datetime import date, datetime
from typing import Literal

from services.desk.clients.api import Paged, Said
from services.desk.clients.service import Done, Service


class Alert(Said):
    """What staff must look at."""

    id: str
    case_id: str | None
    kind: str
    service: str
    step: str | None
    severity: str
    state: str
    raised_at: datetime
    raised_by: str | None
    acknowledged_by: str | None
    version: int


class Figure(Said):
    """A published number; value is nothing when it is too small to be told."""

    figure: str
    value: int | None
    suppressed: bool
    definition: str
    as_of: date
    source: str
    disclosed: bool


class Figures(Said):
    """All of them."""

    figures: tuple[Figure, ...]


class Notify(Service):
    """Alerts and public figures."""

    async def alerts(self, state: Literal["open"] | None, after: str | None, limit: int) -> Paged[Alert]:
        return await self.get("/alerts", Paged[Alert], state=state, after=after, limit=limit)

    async def under_duress(self, limit: int) -> tuple[Alert, ...]:
        """Words said under duress that somebody looks after: news of these cases waits for an all-clear."""
        return (await self.get("/alerts", Paged[Alert], state="acknowledged", kind="duress", limit=limit)).items

    async def acknowledge(self, alert_id: str, version: int, key: str) -> None:
        await self.post(f"/alerts/{alert_id}/acknowledgement", Done, key, version=version)

    async def give_all_clear(self, alert_id: str, version: int, key: str) -> None:
        await self.post(f"/alerts/{alert_id}/all-clear", Done, key, version=version)

    async def figures(self) -> tuple[Figure, ...]:
        return (await self.get("/figures", Figures)).figures
