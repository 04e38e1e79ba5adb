"""A case as the fields of UNHCR's Resettlement Registration Form, for a government.

Rule: the case size is the number of individuals that are listed, and each of them consents. What a member keeps from
the others is in no document about the group. No cell begins as a formula would.
"""

import csv
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date
from io import StringIO
from typing import Literal

from shared.errors import conflict, invalid

SubmissionPriority = Literal["emergency", "urgent", "normal"]
Category = Literal["LPN", "SVT", "MED", "WGR", "FR", "CAR", "LAFDS"]
"""Legal and physical protection, survivors of violence and torture, medical needs, women and girls at risk, family
reunification, children and adolescents at risk, lack of foreseeable alternative durable solutions."""

PRINCIPAL = "PA"
FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Asked:
    """What the caller says of the submission; case_size: how many individuals they count."""

    case_size: int
    submission_priority: SubmissionPriority
    primary_category: Category
    secondary_category: Category


@dataclass(frozen=True)
class Individual:
    """A member as the form lists them. relationship: to the principal applicant, PA for themselves. country_of_origin:
    ISO 3166-1 alpha-2. specific_needs: UNHCR's codes that hold today. What was not told, or is kept, is empty."""

    number: int
    relationship: str
    name_on_papers: str
    name_in_use: str
    marker_on_papers: str
    date_of_birth: date
    country_of_origin: str
    nationality: str
    marital_status: str
    languages: tuple[str, ...]
    specific_needs: tuple[str, ...]


@dataclass(frozen=True)
class Form:
    """The form of a case, made on a day."""

    case_reference: str
    made_on: date
    case_size: int
    submission_priority: SubmissionPriority
    primary_category: Category
    secondary_category: Category
    individuals: tuple[Individual, ...]


def form_of(reference: str, today: date, asked: Asked, individuals: Sequence[Individual]) -> Form:
    """Errors: Refusal conflict case_size_differs, no_principal; invalid categories_equal."""
    if asked.primary_category == asked.secondary_category:
        raise invalid("categories_equal", "The second category is another one.")
    if asked.case_size != len(individuals):
        raise conflict("case_size_differs", "The case has not as many individuals.")
    if [one.relationship for one in individuals].count(PRINCIPAL) != 1:
        raise conflict("no_principal", "A case has one principal applicant.")
    return Form(reference, today, **asdict(asked), individuals=tuple(individuals))


def check_consents(individuals: Sequence[str], consenting: Collection[str]) -> None:
    """Errors: Refusal conflict when anybody on the form does not consent to sharing with governments."""
    if not set(individuals) <= set(consenting):
        raise conflict("consent_missing", "Not everybody consents to sharing with governments.")


def as_csv(form: Form) -> str:
    """A line per individual, with the fields of the case on each; in UTF-8 with its mark, as spreadsheets read it."""
    case = [it.name for it in fields(Form) if it.name != "individuals"]
    own = [it.name for it in fields(Individual)]
    text = StringIO()
    lines = csv.writer(text, lineterminator="\r\n")
    lines.writerow([*case, *own])
    for one in form.individuals:
        cells = [getattr(form, name) for name in case] + [getattr(one, name) for name in own]
        lines.writerow([_cell(it) for it in cells])
    return "\ufeff" + text.getvalue()


def _cell(value: object) -> str:
    text = "; ".join(value) if isinstance(value, tuple) else str(value)
    return f"'{text}" if text.startswith(FORMULA) else text
