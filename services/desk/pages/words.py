"""What the pages say: the words of one language, and how instants and codes read.

Rule: every sentence of a page stands in one file under `locale`; a template that asks for one that is not there fails.
"""

import tomllib
from collections.abc import Callable, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

HOME = Path(__file__).parent.parent
SHOWN_OF_ID = 8


class Words:
    """language: the name of a file under `locale`, and the `lang` of every page."""

    def __init__(self, language: str = "en") -> None:
        self.language = language
        self.all: Mapping[str, Any] = tomllib.loads((HOME / "locale" / f"{language}.toml").read_text())

    def of(self, section: str, code: str) -> str:
        """A code of the services in words; one that is new here reads as it is, without its underscores."""
        said: str = self.all[section].get(code) or code.replace("_", " ")
        return said

    def day(self, on: date) -> str:
        """Such as "4 June 2017"."""
        return f"{on.day} {self.all['date']['months'][on.month - 1]} {on.year}"

    def instant(self, at: datetime) -> Markup:
        """Such as "4 June 2017, 12:00 UTC", for people and for machines."""
        shown = f"{self.day(at)}, {at:%H:%M} UTC"
        return Markup('<time datetime="{}">{}</time>').format(at.isoformat(), shown)

    def environment(self) -> Environment:
        """The templates, with everything escaped that they do not say themselves."""
        made = Environment(
            loader=FileSystemLoader(HOME / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        filters: Mapping[str, Callable[..., Any]] = {
            "of": lambda code, section: self.of(section, code),
            "day": self.day,
            "instant": self.instant,
            "short": lambda long_id: long_id[:SHOWN_OF_ID],
            "with": lambda sentence, **facts: Markup.escape(sentence).format(**facts),
        }
        made.filters.update(filters)
        made.globals.update(t=self.all, lang=self.language)
        return made
