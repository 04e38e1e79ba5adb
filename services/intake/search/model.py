"""What is found by which words.

Rule: a search shows nothing that the one who searches could not open by its id, and what they may not see changes
neither the answer nor the work done for it.
"""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["name", "contact", "code_name"]
"""What a term is: a name, whether in use or on papers; a phone number, handle or address; the code name of a case."""

AboutKind = Literal["person", "request", "case"]


@dataclass(frozen=True)
class About:
    """What a term leads to; its key encrypts the term. case_id: None for a request that is no case yet."""

    kind: AboutKind
    id: str
    case_id: str | None


@dataclass(frozen=True)
class Term:
    """Words by which something is found."""

    kind: Kind
    said: str


@dataclass(frozen=True)
class Match:
    """One term that was hit. same: as written, whatever the script, case and punctuation; else it may be meant."""

    kind: Kind
    said: str
    same: bool


@dataclass(frozen=True)
class Hit:
    """Something that was found, by which of its terms, and the code name of its case if it has one."""

    about: About
    code_name: str | None
    matches: tuple[Match, ...]
