"""CloudEvents 1.0 in structured JSON: how an event looks on the wire.

Rule: `id` is random, `revision` counts without holes per publisher and key, and readers ignore what they do not know.
Subject on the bus: `<publisher>.<event>.v<major>.<key>`.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, ClassVar

import orjson
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from shared.contracts.fields import Id, Sealer, as_instant

MAX_EVENT_BYTES = 256 * 1024


class Fact(BaseModel):
    """A part of an event, or the content of a sealed field: frozen, unknown fields ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Event(Fact):
    """Something that happened, as its publisher promises to tell it.

    `class CaseOpened(Event, publisher="intake", key="case_id")` is event `case_opened`, version 1, keyed by its
    field `case_id`. A new version is a new class with `version=2` beside it. `erasure=True`: it tells of an erasure,
    so it reaches its handler although the person is erased, and a purge leaves it.
    """

    publisher: ClassVar[str]
    name: ClassVar[str]
    version: ClassVar[int]
    key_field: ClassVar[str]
    type: ClassVar[str]
    erasure: ClassVar[bool]

    def __init_subclass__(
        cls, *, publisher: str, key: str, version: int = 1, erasure: bool = False, **kwargs: Any
    ) -> None:
        super().__init_subclass__(**kwargs)
        cls.erasure = erasure
        bare = re.sub(r"V\d+$", "", cls.__name__)
        cls.publisher, cls.key_field, cls.version = publisher, key, version
        cls.name = re.sub(r"(?<!^)(?=[A-Z])", "_", bare).lower()
        cls.type = f"{publisher}.{cls.name}.v{version}"

    @property
    def key(self) -> str:
        """What orders this event: a case id, a house id, or another random id of the publisher."""
        return str(getattr(self, self.key_field))


class Envelope(BaseModel):
    """A received event before its data is read."""

    model_config = ConfigDict(frozen=True, extra="ignore")
    id: Id
    source: str
    type: str
    subject: Id
    time: AwareDatetime
    revision: int = Field(ge=1, le=2**31 - 1)
    resumes: int | None = None
    """After a purge: nothing of this key before that revision is left but what tells of erasures."""
    correlationid: Id
    causationid: Id | None = None
    traceparent: Annotated[str, StringConstraints(pattern=r"^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$")] | None = None
    data: dict[str, Any]

    @property
    def publisher(self) -> str:
        return self.source.removeprefix("lodestar/")


def subject_of(event: Event) -> str:
    """The NATS subject."""
    return f"{event.type}.{event.key}"


def encode(
    event: Event,
    *,
    event_id: str,
    at: datetime,
    correlation_id: str,
    causation_id: str | None,
    seal: Sealer,
    resumes: int | None = None,
    traceparent: str | None = None,
) -> bytes:
    """The envelope as JSON bytes, without the revision: `with_revision` adds it under the lock of the key's row."""
    envelope: dict[str, Any] = {
        "specversion": "1.0",
        "id": event_id,
        "source": f"lodestar/{event.publisher}",
        "type": event.type,
        "subject": event.key,
        "time": as_instant(at),
        "datacontenttype": "application/json",
        "dataschema": f"lodestar:{event.type}",
        "correlationid": correlation_id,
        "data": event.model_dump(mode="json", context={"seal": seal}),
    }
    if event.key_field == "case_id":
        envelope["caseid"] = event.key
    if resumes is not None:
        envelope["resumes"] = resumes
    if causation_id is not None:
        envelope["causationid"] = causation_id
    if traceparent is not None:
        envelope["traceparent"] = traceparent
    return orjson.dumps(envelope)


def with_revision(body: bytes, revision: int) -> bytes:
    """`body` of `encode` with its revision, once that is known."""
    return b'{"revision":%d,' % revision + body[1:]


def decode(body: bytes) -> Envelope:
    """Read an envelope; raises pydantic.ValidationError for anything that is none."""
    return Envelope.model_validate_json(body)


def read(kind: type[Event], data: Mapping[str, Any]) -> Event:
    """Read an envelope's data as `kind`; raises pydantic.ValidationError."""
    return kind.model_validate(data)
