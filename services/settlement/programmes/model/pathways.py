"""Ways into a country without a programme.

Rule: such a way needs no place and no government's word, and is never veiled.
"""

from dataclasses import dataclass
from datetime import date
from typing import Literal

WayKind = Literal["own_travel", "visa_free", "other_visa"]


@dataclass(frozen=True)
class Pathway:
    """People of a case who may enter `country` (ISO 3166-1 alpha-2) from `from_date` on."""

    id: str
    case_id: str
    kind: WayKind
    person_ids: tuple[str, ...]
    country: str
    from_date: date
