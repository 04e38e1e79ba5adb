"""Makes the PDF of a frozen report.

Rule: the same source gives the same bytes on every machine: no clock, no fonts but those that come with typst and with
the locked font of Arabic, and nothing of the report is read as markup. Runs in the pool.
"""

from pathlib import Path

import fontpkg_amiri
import orjson
import typst

from services.intake.testimony.model.reports import content_of

TEMPLATE = Path(__file__).parent / "templates" / "report.typ"


def typeset(source: bytes) -> bytes:
    """A PDF of what was frozen."""
    content = orjson.dumps(content_of(source), option=orjson.OPT_SORT_KEYS).decode()
    return typst.compile(
        TEMPLATE,
        format="pdf",
        font_paths=[Path(fontpkg_amiri.__file__).parent / "files"],
        root=TEMPLATE.parent,
        ignore_system_fonts=True,
        sys_inputs={"report": content},
    )
