"""docs/events.md: who tells whom what, what of it is in clear, and what is sealed to whom.

Rule: made from the contracts and the topology alone; nobody edits the page.
"""

from collections.abc import Iterator
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, TypeAdapter

from deploy.snapshots.schemas import facts_in, recipients_in, sealed_in
from shared.contracts import fields
from shared.contracts.envelope import Event
from shared.contracts.topology import Topology, stream_of

_HEAD = """\
# Events

Made by `make snapshot` from `shared/contracts`; do not edit.

Every event is a CloudEvents 1.0 envelope in structured JSON; what follows is its `data`. In clear stand random ids,
instants and state names that are fit for every consumer. A sealed field is encrypted to each service that it names,
bound to the event and to whom it is about, and padded; the fields listed under it are what its recipients read.
Subject on the bus: `<type>.<key>`. A service reads all events of a publisher that it listens to, in order of their
key, and handles those named here.
"""


def events_page(topology: Topology) -> str:
    """The whole page, in Markdown."""
    parts = [_HEAD, _diagram(topology)]
    for publisher, events in topology.publishes.items():
        parts.append(f"## {publisher}\n\nStream `{stream_of(publisher)}`.\n")
        parts += ["\n".join(_event(event, topology)) for event in events]
    return "\n".join(parts)


def _diagram(topology: Topology) -> str:
    lines = ["## Who listens to whom\n", "```mermaid", "flowchart LR"]
    for durable in topology.durables:
        names = "<br/>".join(event.name for event in durable.handles)
        lines.append(f'    {durable.publisher} -- "{names}" --> {durable.consumer}')
    return "\n".join([*lines, "```\n"])


def _event(event: type[Event], topology: Topology) -> Iterator[str]:
    readers = [durable.consumer for durable in topology.durables if event in durable.handles]
    yield f"### {event.type}\n"
    yield f"{_said(event)}\n"
    yield f"Key: `{event.key_field}`. Handled by: {', '.join(readers) or 'nobody yet'}.\n"
    yield "| field | holds | who can read it |"
    yield "| --- | --- | --- |"
    for model in dict.fromkeys(facts_in(event)):
        prefix = "" if model is event else f"{model.__name__}."
        for name, field in model.model_fields.items():
            yield from _field(f"{prefix}{name}", field.annotation, field.metadata)
    yield ""


def _field(name: str, kind: Any, marks: list[Any]) -> Iterator[str]:
    content = sealed_in(kind)
    if content is None:
        held = _held(kind, marks)
        yield f"| `{name}` | {held} | {'its final recipient only' if held == _JWE else 'in clear'} |"
        return
    recipients = ", ".join(recipients_in(kind, marks))
    yield f"| `{name}` | sealed {content.__name__} | {recipients} |"
    for model in dict.fromkeys(facts_in(content)):
        prefix = f"`{name}` ›" if model is content else f"`{name}` › {model.__name__} ›"
        for inner, field in model.model_fields.items():
            yield f"| {prefix} `{inner}` | {_held(field.annotation, field.metadata)} | {recipients} |"


def _said(model: type[BaseModel]) -> str:
    return " ".join((model.__doc__ or "").split())


_PLAIN = {"str": "text", "bool": "yes or no", "int": "whole number", "date": "day", "AwareDatetime": "instant"}
_JWE = "encrypted document (JWE)"


def _held(kind: Any, marks: list[Any]) -> str:
    """A field's type in words."""
    constraints = [*marks, *getattr(kind, "__metadata__", ())]
    bare = get_args(kind)[0] if hasattr(kind, "__metadata__") else kind
    if bare is str and constraints:
        return _text(constraints)
    origin, parts = get_origin(bare), get_args(bare)
    if origin is Literal:
        return ", ".join(f"`{name}`" for name in parts)
    if origin in (Union, UnionType):
        (known,) = [part for part in parts if part is not NoneType]
        return f"{_held(known, [])}, or nothing"
    if origin is tuple:
        return f"any number of: {_held(parts[0], [])}"
    return _PLAIN.get(name := str(bare.__name__), name)


def _text(constraints: list[Any]) -> str:
    pattern = next((found for mark in constraints if (found := getattr(mark, "pattern", None))), None)
    for name, kind in (("id", fields.Id), (_JWE, fields.Jwe)):
        if pattern == TypeAdapter(kind).json_schema()["pattern"]:
            return name
    return "text"
