"""The JSON Schema of an event, with what is inside its sealed fields.

Rule: on the wire a sealed field is ciphertext; what its recipients read in it is promised all the same, so it stands
in the schema as `x-sealed-content`.
"""

from collections.abc import Iterator
from typing import Any, get_args, get_origin

from pydantic import TypeAdapter

from shared.contracts.envelope import Event, Fact
from shared.contracts.fields import Sealed, To


def schema_of(event: type[Event]) -> dict[str, Any]:
    """The schema of `data` in the envelope of `event`."""
    schema = event.model_json_schema()
    for model in facts_in(event):
        shown = schema if model is event else schema["$defs"][model.__name__]
        for name, field in model.model_fields.items():
            content = sealed_in(field.annotation)
            if content is not None:
                shown["properties"][name]["x-sealed-content"] = TypeAdapter(content).json_schema()
    return {"$id": f"lodestar:{event.type}", **schema}


def facts_in(kind: Any) -> Iterator[type[Fact]]:
    """The models that stand in clear in a field's type, outermost first."""
    if isinstance(kind, type) and issubclass(kind, Fact):
        yield kind
        for field in kind.model_fields.values():
            yield from facts_in(field.annotation)
    elif get_origin(kind) is not Sealed:
        for part in get_args(kind):
            yield from facts_in(part)


def sealed_in(kind: Any) -> Any | None:
    """What is sealed in a field's type; None when it is in clear."""
    if get_origin(kind) is Sealed:
        return get_args(kind)[0]
    inside = [] if isinstance(kind, type) else [sealed_in(part) for part in get_args(kind)]
    return next((content for content in inside if content is not None), None)


def recipients_in(kind: Any, marks: list[Any]) -> tuple[str, ...]:
    """Who may read a field's sealed part: `marks` are the field's own, others stand inside its type."""
    found = [mark for mark in (*marks, *_marks(kind)) if isinstance(mark, To)]
    return found[0].recipients if found else ()


def _marks(kind: Any) -> Iterator[Any]:
    yield from getattr(kind, "__metadata__", ())
    for part in get_args(kind):
        yield from _marks(part)
