"""Taking erased people out of events: out of a received one before it is handled, out of stored bodies for good.

Rule: what is left of an event is what it would have said had these people never been part of it; an event that spoke
of nobody else says nothing. A sealed value without parts is that of somebody who was erased before it came here.
"""

from collections.abc import Collection, Iterator
from typing import Any, TypeVar

import orjson

from shared.contracts.envelope import Fact
from shared.contracts.fields import Sealed

F = TypeVar("F", bound=Fact)


def named_in(data: Any) -> set[str]:
    """Every id of somebody that an envelope's data speaks of."""
    return {named for named, _ in _named(data)}


def emptied_in(data: Any) -> set[str]:
    """Those of whom the data once told something, and no longer does."""
    return {named for named, empty in _named(data) if empty}


def without(event: F, gone: Collection[str]) -> F | None:
    """What is left of an event when these people are taken out of it; None when nothing is."""
    if getattr(event, "person_id", None) in gone:
        return None
    changes: dict[str, Any] = {}
    for name in type(event).model_fields:
        value = getattr(event, name)
        left = _left(value, gone)
        if left is None and value is not None:
            return None
        if left is not value:
            changes[name] = left
    return event.model_copy(update=changes) if changes else event


def stripped(body: bytes, gone: Collection[str]) -> bytes:
    """The envelope with every sealed value about these people emptied."""
    envelope = orjson.loads(body)
    for sealed in _sealed(envelope["data"]):
        if sealed["about"] in gone:
            sealed["parts"] = {}
    return orjson.dumps(envelope)


def _left(value: Any, gone: Collection[str]) -> Any:
    if isinstance(value, tuple):
        left = tuple(kept for one in value if (kept := _left(one, gone)) is not None)
        same = len(left) == len(value) and all(kept is one for kept, one in zip(left, value, strict=True))
        return value if same else left or None
    if isinstance(value, Fact):
        return without(value, gone)
    if isinstance(value, Sealed):
        return None if value.about in gone else value
    return None if isinstance(value, str) and value in gone else value


def _named(data: Any) -> Iterator[tuple[str, bool]]:
    if isinstance(data, list):
        for one in data:
            yield from _named(one)
    if not isinstance(data, dict):
        return
    for name, value in data.items():
        if name == "person_id" and isinstance(value, str):
            yield value, False
        elif name == "person_ids" and isinstance(value, list):
            yield from ((one, False) for one in value if isinstance(one, str))
        elif name == "about" and isinstance(value, str):
            yield value, not data.get("parts")
        else:
            yield from _named(value)


def _sealed(data: Any) -> Iterator[dict[str, Any]]:
    for value in data.values() if isinstance(data, dict) else data if isinstance(data, list) else ():
        yield from _sealed(value)
    if isinstance(data, dict) and "about" in data and "parts" in data:
        yield data
