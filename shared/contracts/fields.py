"""The field types that an event may have.

Rule: these and `Literal` state names are the only types allowed in clear (held by tests/contracts). Whatever tells
something about a person is `Sealed` to the services that need it, bound to the event, to whom it is about and to
the recipient, and padded so that its length tells nothing.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Generic, TypeVar, get_args

from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    StringConstraints,
    TypeAdapter,
)
from pydantic_core import CoreSchema, core_schema

Id = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]
"""A random id (UUIDv4, 32 hex digits)."""

Instant = AwareDatetime
"""An instant of domain time."""

Jwe = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.-]+$", max_length=60_000)]
"""A compact JWE that only the final recipient can open; whoever carries it does not look inside."""

T = TypeVar("T")


class SealedPart(BaseModel):
    """One recipient's ciphertext: `kid` names the recipient's key, `box` is HPKE output in base64."""

    model_config = ConfigDict(frozen=True)
    kid: str
    box: str


@dataclass(frozen=True, slots=True)
class SealRequest:
    """What a sealer gets: whom the value is about, who may read it, the plain bytes."""

    about: str
    recipients: tuple[str, ...]
    plain: bytes


Sealer = Callable[[SealRequest], Mapping[str, SealedPart]]


class Sealed(Generic[T]):
    """A value about `about` (a person, or a case for facts of the group) that only its recipients can read.

    A publisher makes it with `Sealed.of`; it becomes ciphertext when the event is emitted. A reader gets `parts`
    and opens its own with `Work.open`.
    """

    __slots__ = ("about", "parts", "shape", "value")

    def __init__(
        self,
        about: str,
        value: T | None = None,
        parts: Mapping[str, SealedPart] | None = None,
        shape: TypeAdapter[T] | None = None,
    ) -> None:
        self.about = about
        self.value = value
        self.parts = parts
        self.shape = shape

    def __repr__(self) -> str:
        return f"Sealed(about={self.about!r})"

    @classmethod
    def of(cls, about: str, value: T) -> "Sealed[T]":
        return cls(about=about, value=value)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        (inner,) = get_args(source) or (Any,)
        shape: TypeAdapter[Any] = TypeAdapter(inner)

        def read(raw: Any) -> "Sealed[Any]":
            if isinstance(raw, Sealed):
                return raw
            wire = _WIRE.validate_python(raw)
            return Sealed(about=wire.about, parts=wire.parts, shape=shape)

        def write(sealed: "Sealed[Any]") -> Any:
            raise TypeError("a sealed field needs To(...) to say who may read it")

        return core_schema.no_info_plain_validator_function(
            read,
            serialization=core_schema.plain_serializer_function_ser_schema(write),
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        part = {"type": "object", "properties": {"kid": {"type": "string"}, "box": {"type": "string"}}}
        return {
            "type": "object",
            "properties": {
                "about": {"type": "string", "pattern": "^[0-9a-f]{32}$"},
                "parts": {"type": "object", "additionalProperties": {**part, "required": ["kid", "box"]}},
            },
            "required": ["about", "parts"],
        }


class _Wire(BaseModel):
    about: Id
    parts: dict[str, SealedPart]


_WIRE = TypeAdapter(_Wire)


@dataclass(frozen=True)
class To:
    """Marks a `Sealed` field with the services that may read it: `Annotated[Sealed[X], To("logistics")]`."""

    recipients: tuple[str, ...]

    def __init__(self, *recipients: str) -> None:
        object.__setattr__(self, "recipients", recipients)

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        schema = handler(source)
        recipients = self.recipients

        def write(sealed: Sealed[Any], info: core_schema.SerializationInfo) -> dict[str, Any]:
            parts = sealed.parts
            if parts is None:
                seal: Sealer | None = (info.context or {}).get("seal")
                if seal is None:
                    raise TypeError("a sealed value leaves only through emit, which seals it")
                plain = TypeAdapter(type(sealed.value)).dump_json(sealed.value)
                parts = seal(SealRequest(sealed.about, recipients, plain))
            return {"about": sealed.about, "parts": {name: part.model_dump() for name, part in parts.items()}}

        written = core_schema.plain_serializer_function_ser_schema(write, info_arg=True)
        return {**schema, "serialization": written}

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {**handler(schema), "x-sealed-to": list(self.recipients)}


def as_instant(moment: datetime) -> str:
    """RFC 3339 in UTC with a Z, as CloudEvents wants it."""
    return moment.isoformat().replace("+00:00", "Z")
