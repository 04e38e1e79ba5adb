"""The sentences of the pages, in five languages, from Babel's catalogues.

Rule: a sentence stands in English in the templates and in every catalogue under `locale`; one that a catalogue lacks
would be shown in English, so a test holds the catalogues complete.
"""

from base64 import b64encode
from collections.abc import Mapping
from datetime import datetime
from gettext import NullTranslations
from hashlib import sha256
from pathlib import Path

from babel.dates import format_datetime
from babel.messages.pofile import read_po
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from services.intake.front_door.model.letters import LANGUAGES

HOME = Path(__file__).parent.parent
RIGHT_TO_LEFT = frozenset({"ar"})
NAMES = {"en": "English", "fr": "Français", "ru": "Русский", "ar": "العربية", "es": "Español"}


class Catalogue(NullTranslations):
    """One language's sentences."""

    def __init__(self, language: str) -> None:
        super().__init__()
        path = HOME / "locale" / f"{language}.po"
        self.sentences: Mapping[str, str] = {}
        if path.exists():
            with path.open("rb") as file:
                messages = read_po(file, locale=language)
            self.sentences = {str(one.id): str(one.string) for one in messages if one.id and one.string}

    def gettext(self, message: str) -> str:
        return self.sentences.get(message, message)


def style() -> str:
    """What the pages look like; it stands in every page, so that nothing more is loaded."""
    return (HOME / "templates" / "style.css").read_text()


def policy() -> str:
    """What a page may load and where its forms go: its own style, and here."""
    digest = b64encode(sha256(style().encode()).digest()).decode()
    return (
        f"default-src 'none'; style-src 'sha256-{digest}'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    )


def environments(exit_url: str) -> Mapping[str, Environment]:
    """The templates in each language."""
    return {language: _environment(language, exit_url) for language in LANGUAGES}


def _environment(language: str, exit_url: str) -> Environment:
    made = Environment(
        loader=FileSystemLoader(HOME / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    made.install_gettext_translations(Catalogue(language), newstyle=True)  # type: ignore[attr-defined]
    made.globals.update(
        lang=language,
        direction="rtl" if language in RIGHT_TO_LEFT else "ltr",
        languages=NAMES,
        exit_url=exit_url,
        style=Markup(style()),  # noqa: S704 - our own file
    )
    made.filters["day"] = lambda at: _day(at, language)
    return made


def _day(at: datetime, language: str) -> str:
    return format_datetime(at, "d MMMM y, HH:mm 'UTC'", locale=language)
