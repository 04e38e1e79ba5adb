"""A file of somebody else's as records: one mapping of column to text for each.

Rule: the bytes decide, never a guess that could turn one letter into another: what is not UTF-8, does not begin with a
mark of UTF-16, and is not said to be in another encoding, is refused. A row is told by its number, the first is 1.
"""

import codecs
import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import StringIO
from typing import Any

import orjson

from shared.errors import invalid

Record = Mapping[str, str]

MOST_BYTES = 2 * 1024 * 1024
MOST_ROWS = 5_000
MOST_COLUMNS = 400
MOST_SIGNS = 20_000
"""How long a value may be."""

ENCODINGS = ("utf-8", "utf-16", "cp1251", "cp1252", "iso-8859-6")
SEPARATORS = (",", ";", "\t", "|")
MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


@dataclass(frozen=True)
class Row:
    """One record; whole: it has as many cells as there are columns."""

    number: int
    cells: Record
    whole: bool = True


def decoded(raw: bytes, encoding: str | None) -> str:
    """encoding: as its owner says, when it is not UTF and says so itself. Errors: Refusal invalid encoding_unknown."""
    found = next((name for mark, name in MARKS if raw.startswith(mark)), encoding or "utf-8")
    try:
        return raw.decode(found)
    except UnicodeDecodeError as error:
        raise invalid("encoding_unknown", "Say in the mapping how the file is encoded.") from error


def rows_of(raw: bytes, encoding: str | None = None, separator: str | None = None) -> list[Row]:
    """Errors: Refusal invalid encoding_unknown, file_broken, no_header, too_many_rows."""
    text = decoded(raw, encoding)
    rows = _of_json(text) if text.lstrip()[:1] in ("[", "{") else _of_csv(text, separator)
    if len(rows) > MOST_ROWS:
        raise invalid("too_many_rows", f"A file has at most {MOST_ROWS} rows.")
    return rows


def _of_csv(text: str, separator: str | None) -> list[Row]:
    header = text.lstrip("\r\n").split("\n", 1)[0]
    between = separator or max(SEPARATORS, key=header.count)
    csv.field_size_limit(MOST_BYTES)
    try:
        lines = list(csv.reader(StringIO(text, newline=""), delimiter=between, strict=True))
    except csv.Error as error:
        raise invalid("file_broken", "A quoted value does not end.") from error
    filled = [line for line in lines if any(cell.strip() for cell in line)]
    if not filled or len(filled[0]) > MOST_COLUMNS:
        raise invalid("no_header", "The first line names the columns.")
    columns = [name.strip() for name in filled[0]]
    if len(set(columns)) < len(columns):
        raise invalid("column_twice", "Two columns have one name.")
    return [
        Row(number, dict(zip(columns, line, strict=False)), len(line) == len(columns))
        for number, line in enumerate(filled[1:], start=1)
    ]


def _of_json(text: str) -> list[Row]:
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise invalid("file_broken", "This is no JSON.") from error
    records = found if isinstance(found, list) else [found]
    if not all(isinstance(record, dict) for record in records):
        raise invalid("file_broken", "Records are objects.")
    cells = [flat(record) for record in records]
    # What nobody told of one record is left out there, where a table has an empty cell.
    empty = dict.fromkeys((name for one in cells for name in one), "")
    return [Row(number, {**empty, **one}) for number, one in enumerate(cells, start=1)]


def flat(record: Mapping[str, Any]) -> dict[str, str]:
    """A record of an export as columns: what Primero has in `data` and GlobaLeaks in answers stands with the rest."""
    cells: dict[str, str] = {}
    for name, value in record.items():
        if name == "data" and isinstance(value, dict):
            cells |= flat(value)
        elif name == "questionnaires" and isinstance(value, list):
            cells |= _answers(value)
        elif isinstance(value, dict):
            cells |= {f"{name}.{inner}": text for inner, text in flat(value).items()}
        else:
            cells[name] = _text(value)
    return cells


def _answers(questionnaires: Sequence[Any]) -> dict[str, str]:
    """What was answered, by the label of each question, and all of it under `answers`."""
    said: dict[str, str] = {}
    for one in questionnaires:
        fields = {field["id"]: field for step in one.get("steps", ()) for field in step.get("children", ())}
        for field_id, given in one.get("answers", {}).items():
            field = fields.get(field_id, {})
            label, answer = str(field.get("label") or field_id), _answer(field, given)
            if answer:
                said[label] = answer
    return {**said, "answers": "\n".join(f"{label}: {answer}" for label, answer in said.items())}


def _answer(field: Mapping[str, Any], given: Any) -> str:
    """An answer is a list of entries; one of a choice names the id of its option."""
    options = {option["id"]: str(option["label"]) for option in field.get("options", ())}
    entries = given if isinstance(given, list) else [given]
    told = [entry.get("value", "") if isinstance(entry, dict) else entry for entry in entries]
    return "; ".join(options.get(str(one), _text(one)) for one in told if one not in ("", None))


def _text(value: Any) -> str:
    if value is None or value == []:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return "; ".join(filter(None, map(_text, value)))
    return orjson.dumps(value).decode() if isinstance(value, dict) else str(value)
