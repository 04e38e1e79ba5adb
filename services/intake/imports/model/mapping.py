"""A mapping: what the columns of somebody else's list mean here, written in TOML.

Rule: a mapping that names what is not here is refused before any row is read. It holds names of columns and of values,
nothing of anybody.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from services.intake.imports.model.reading import ENCODINGS, SEPARATORS
from shared.errors import Refusal, invalid

Target = Literal["request", "case"]
Format = Literal["csv", "globaleaks", "primero"]

REQUEST = ("name", "contact", "country", "story", "language", "asked_by", "channel", "received_on")
CASE = (*REQUEST, "code_name", "name_in_use", "pronouns", "name_on_papers", "born_on", "languages")
FIELDS: Mapping[Target, tuple[str, ...]] = {"request": REQUEST, "case": CASE}
DATES = ("received_on", "born_on")
DATA = Path(__file__).parents[1] / "data"
MOST = 64 * 1024


@dataclass(frozen=True)
class Mapped:
    """source: whose list it is, part of what makes a row the same again. key: the column that names a row for ever.

    group: the column that is equal for the people of one case. columns: by field, the columns whose values are joined.
    values: by field, what a value means here. dates: by field, how a date may be written, as `strptime` reads it.
    """

    source: str
    target: Target
    key: str
    group: str | None = None
    encoding: str | None = None
    separator: str | None = None
    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    defaults: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    dates: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def mapping_of(form: Format, text: str) -> Mapped:
    """The mapping that was written, or the one for exports of this form. Errors: Refusal invalid mapping_broken."""
    if not text and form != "csv":
        text = (DATA / f"{form}.toml").read_text("utf-8")
    try:
        return _read(tomllib.loads(text))
    except (tomllib.TOMLDecodeError, TypeError, AttributeError, ValueError) as error:
        if isinstance(error, Refusal):
            raise
        raise invalid("mapping_broken", "This is no mapping.") from error


def _read(told: Mapping[str, Any]) -> Mapped:
    columns, dates = ({name: _many(one) for name, one in told.get(part, {}).items()} for part in ("columns", "dates"))
    constants, defaults = (
        {name: _one(one) for name, one in told.get(part, {}).items()} for part in ("constants", "defaults")
    )
    said = told.get("values", {})
    values = {name: {_one(key): _one(one) for key, one in some.items()} for name, some in said.items()}
    group, encoding, separator = (told.get(name) or None for name in ("group", "encoding", "separator"))
    source, target, key = _one(told.get("source")), told.get("target", "request"), _one(told.get("key"))
    mapped = Mapped(source, target, key, group, encoding, separator, columns, constants, defaults, values, dates)
    _check(mapped, set(told))
    return mapped


def _check(mapped: Mapped, told: set[str]) -> None:
    if unknown := told - set(Mapped.__dataclass_fields__):
        raise invalid("mapping_broken", f"A mapping has no {sorted(unknown)[0]}.")
    if mapped.target not in FIELDS:
        raise invalid("mapping_broken", "The target is request or case.")
    named = {*mapped.columns, *mapped.constants, *mapped.defaults, *mapped.values, *mapped.dates}
    if unknown := named - set(FIELDS[mapped.target]):
        raise invalid("mapping_broken", f"A {mapped.target} has no {sorted(unknown)[0]}.")
    if mapped.group and mapped.target == "request":
        raise invalid("mapping_broken", "Only the people of a case have a group.")
    if mapped.encoding not in (None, *ENCODINGS) or mapped.separator not in (None, *SEPARATORS):
        raise invalid("mapping_broken", "This encoding or separator is not known.")


def _one(value: Any) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= 200:
        raise invalid("mapping_broken", "A name or value is a text.")
    return value


def _many(value: Any) -> tuple[str, ...]:
    return tuple(map(_one, value if isinstance(value, list) else [value]))
