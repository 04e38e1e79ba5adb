"""Reads a list from elsewhere, and says what becomes of its rows.

Rule: it reads what strangers wrote, so it runs in the pool; what comes out of it is data of known shapes and nothing
else.
"""

from collections.abc import Mapping
from datetime import date

import orjson
from pydantic import TypeAdapter, ValidationError

from services.intake.imports.model.judging import Sheet, judged
from services.intake.imports.model.mapping import Format, mapping_of
from services.intake.imports.model.reading import rows_of
from shared.errors import invalid

SHEETS: TypeAdapter[Sheet] = TypeAdapter(Sheet)


def given(raw: bytes, form: Format, mapping: str, today: date) -> bytes:
    """What `read` is given: a line that says how to read, and the file."""
    return orjson.dumps({"form": form, "mapping": mapping, "today": today}) + b"\n" + raw


def read(asked: bytes) -> bytes:
    """The sheet of a list. Errors: Refusal invalid, as reading the file."""
    line, _, raw = asked.partition(b"\n")
    how: Mapping[str, str] = orjson.loads(line)
    mapped = mapping_of(how["form"], how["mapping"])  # type: ignore[arg-type]
    rows = rows_of(raw, mapped.encoding, mapped.separator)
    return SHEETS.dump_json(judged(rows, mapped, date.fromisoformat(how["today"])))


def sheet_of(content: bytes) -> Sheet:
    """What `read` came to. Errors: Refusal invalid when it is no sheet."""
    try:
        return SHEETS.validate_json(content)
    except ValidationError as error:
        raise invalid("file_broken", "This file cannot be read.") from error
