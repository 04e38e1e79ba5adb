"""Settlement as the desk asks it."""

from datetime import date

from services.desk.clients.api import Said
from services.desk.clients.service import Service


class ProposedValue(Said):
    """A figure as it would be published, and what the public knows today."""

    figure: str
    value: int
    published_before: int


class Cell(Said):
    """A number that follows by subtraction."""

    cell: str
    value: int
    small: bool


class Disclosure(Said):
    """A proposal with all that its signers accept; opens: whether it discloses the programme itself."""

    figures: tuple[ProposedValue, ...]
    derivable: tuple[Cell, ...]
    as_of: date
    source: str
    opens: bool
    content_digest: str


class Settlement(Service):
    """Disclosures, beside what every service offers."""

    async def disclosure(self, disclosure_id: str) -> Disclosure:
        return await self.get(f"/disclosures/{disclosure_id}", Disclosure)
