"""Rule 2 of the domain, held for every field of every event."""

from collections.abc import Iterator, Mapping
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import pytest
from pydantic import StringConstraints
from pydantic.fields import FieldInfo

from shared.contracts.envelope import Event, Fact
from shared.contracts.fields import Id, Instant, Jwe, Sealed, To
from shared.contracts.topology import LODESTAR

EVENTS = tuple(LODESTAR.types.values())

CLEAR = (Id, Instant, Jwe)


def type_of(field: FieldInfo) -> Any:
    """A field's type as it was written, with its marks."""
    return Annotated[field.annotation, *field.metadata] if field.metadata else field.annotation


def offences(kind: Any, place: str) -> Iterator[str]:
    """Where `kind` lets something stand in clear that may not."""
    if kind in CLEAR or kind is NoneType or _is_sealed(kind):
        return
    origin, parts = get_origin(kind), get_args(kind)
    if isinstance(kind, type) and issubclass(kind, Fact):
        for name, field in kind.model_fields.items():
            yield from offences(type_of(field), f"{place}.{name}")
    elif origin in (Union, UnionType):
        for part in parts:
            yield from offences(part, place)
    elif origin is tuple and len(parts) == 2 and parts[1] is Ellipsis:
        yield from offences(parts[0], f"{place}[]")
    elif not (origin is Literal and all(isinstance(name, str) for name in parts)):
        yield f"{place}: {kind}"


def _is_sealed(kind: Any) -> bool:
    """A sealed value that says who may read it, and whose content is a model that may grow."""
    if get_origin(kind) is not Annotated:
        return False
    sealed, *marks = get_args(kind)
    if get_origin(sealed) is not Sealed or not issubclass(get_args(sealed)[0], Fact):
        return False
    return len(marks) == 1 and isinstance(marks[0], To) and bool(marks[0].recipients)


def recipients(kind: Any) -> Iterator[str]:
    """Everybody to whom something in `kind` is sealed."""
    if isinstance(kind, type) and issubclass(kind, Fact):
        for field in kind.model_fields.values():
            yield from recipients(type_of(field))
    for part in (*get_args(kind), *getattr(kind, "__metadata__", ())):
        yield from part.recipients if isinstance(part, To) else recipients(part)


def of_type(event: type[Event]) -> str:
    return event.type


@pytest.mark.parametrize("event", EVENTS, ids=of_type)
def test_in_clear_stand_ids_instants_and_states_only(event: type[Event]) -> None:
    """No text, number, truth value, day or free structure is readable on the bus."""
    assert list(offences(event, event.type)) == []


@pytest.mark.parametrize(
    "kind",
    [
        str,
        int,
        bool,
        dict[str, str],
        Mapping[str, Any],
        tuple[str, ...],
        str | None,
        Any,
        Literal[1, 2],
        Sealed[Fact],
        Annotated[Sealed[Fact], To()],
        Annotated[Sealed[str], To("notify")],
        Annotated[str, StringConstraints(max_length=2)],
    ],
    ids=str,
)
def test_the_list_refuses_everything_else(kind: Any) -> None:
    """A plain field, a sealed one for nobody, and one whose content cannot grow are all found."""
    assert list(offences(kind, "field")) != []


@pytest.mark.parametrize("event", EVENTS, ids=of_type)
def test_who_may_read_listens(event: type[Event]) -> None:
    """Nothing is sealed to a service that does not handle the event."""
    handlers = {durable.consumer for durable in LODESTAR.durables if event in durable.handles}
    assert set(recipients(event)) <= handlers


@pytest.mark.parametrize("event", EVENTS, ids=of_type)
def test_every_event_is_keyed_by_an_id_of_its_own(event: type[Event]) -> None:
    """The key is a required random id, and never that of a programme."""
    assert type_of(event.model_fields[event.key_field]) == Id
    assert event.model_fields[event.key_field].is_required()


def test_no_programme_is_named_anywhere() -> None:
    """Rule 8: no event says, in clear or sealed, in a field or in a state, that there is a programme."""
    for event in EVENTS:
        assert "programme" not in str(event.model_json_schema()["properties"]).lower()
        assert "programme" not in event.type
        assert "programme" not in " ".join(names_in(event)).lower()


def names_in(kind: Any) -> Iterator[str]:
    """Names of fields and states, also of what is sealed."""
    if isinstance(kind, type) and issubclass(kind, Fact):
        for name, field in kind.model_fields.items():
            yield name
            yield from names_in(field.annotation)
    yield from (str(part) for part in get_args(kind) if get_origin(kind) is Literal)
    for part in get_args(kind):
        yield from names_in(part)
