"""What goes between a person and intake: letters, and what they may hold.

Rule: every written letter has one length before it is sealed, whether it asks for help, answers or takes back; so what
lies in the database tells only who wrote to whom by random ids, and in which order.
"""

from dataclasses import dataclass
from typing import Literal

import orjson
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from shared.errors import invalid

LETTER = 16_380
"""Bytes of a written letter."""

TEXT = 15_000
"""Bytes of what one letter may say in UTF-8: some 7,000 letters of Cyrillic or Arabic."""

LINE = 200
"""Characters of a short answer in a form."""

Kind = Literal["request", "message", "file", "copy", "correction", "withdrawal"]
Reply = Literal["answer", "copy_given", "correction_accepted", "correction_refused"]
LANGUAGES = ("en", "fr", "ru", "ar", "es")
CHANNELS = ("here", "signal", "whatsapp", "telegram", "mail", "phone", "other")


class _Shape(BaseModel):
    model_config = ConfigDict(frozen=True)


class Contact(_Shape):
    """How somebody can be reached without being put in danger. read_by_others: somebody else sees this channel."""

    channel: Literal["here", "signal", "whatsapp", "telegram", "mail", "phone", "other"] = "here"
    handle: str = Field(default="", max_length=LINE)
    hours: str = Field(default="", max_length=LINE)
    cover: str = Field(default="", max_length=LINE)
    read_by_others: bool = False
    never_call: bool = False


class Ask(_Shape):
    """What the form asks besides the story. country: where the danger is, in their words."""

    for_whom: Literal["self", "other"] = "self"
    in_danger: bool = False
    name: str = Field(default="", max_length=LINE)
    country: str = Field(default="", max_length=LINE)
    contact: Contact = Contact()


class Attached(_Shape):
    """A file that lies beside its letter, encrypted. key: base64 of 32 bytes. length: bytes, digest: SHA-256 in hex."""

    media_type: Literal["image/jpeg", "image/png", "text/plain"]
    key: str
    length: int = Field(ge=1)
    digest: str


class Letter(_Shape):
    """A letter to intake. at: real time. person_key: base64 of the public key that answers are sealed to, with a
    request only."""

    kind: Kind
    at: AwareDatetime
    language: str = Field(pattern="^[a-z]{2}$")
    text: str = ""
    ask: Ask | None = None
    person_key: str | None = None
    attached: Attached | None = None

    def padded(self) -> bytes:
        """Errors: Refusal invalid `too_long`."""
        return padded(self.model_dump_json(exclude_none=True).encode())


class Answer(_Shape):
    """A letter from intake to a person. kind: what the page says of it, in the language in which it is read."""

    at: AwareDatetime
    text: str
    kind: Reply = "answer"

    def padded(self) -> bytes:
        """Errors: Refusal invalid `too_long`."""
        return padded(self.model_dump_json().encode())


def padded(plain: bytes) -> bytes:
    """JSON filled up with blanks. Errors: Refusal invalid `too_long`."""
    if len(plain) > LETTER:
        raise invalid("too_long", "A letter has an end.")
    return plain.ljust(LETTER)


def check_text(text: str) -> None:
    """Errors: Refusal invalid `empty`, `too_long`."""
    if not text.strip():
        raise invalid("empty", "Nothing was written.")
    if len(text.encode()) > TEXT:
        raise invalid("too_long", "Write less in one letter, and the rest in another one.")


def answer_place(answer_id: str, thread_id: str) -> bytes:
    """What an answer's box is bound to."""
    return orjson.dumps(["lodestar answer 1", answer_id, thread_id])


def file_place(letter_id: str) -> bytes:
    """What an encrypted file is bound to."""
    return orjson.dumps(["lodestar file 1", letter_id])


@dataclass(frozen=True)
class Box:
    """A sealed letter on its way to intake. number: the order in which it came. file: its encrypted file."""

    number: int
    id: str
    thread_id: str
    kid: str
    box: bytes
    file: bytes | None


@dataclass(frozen=True)
class SetAside:
    """A letter that intake could not open. number: the order in which it came; why: intake's word for it."""

    id: str
    thread_id: str
    number: int
    why: str
    size: int
