"""Answers that many routes have in common.

Rule: a list is paged by a cursor, the id of the last item seen; nobody counts, because counts tell. A route takes
bodies up to the limit of all, or up to one of its own.
"""

from collections.abc import Callable, Sequence
from typing import Annotated, Any, Generic, TypeVar

from fastapi import Query
from pydantic import BaseModel

from shared.contracts.fields import Id
from shared.database import Slice

T = TypeVar("T")
S = TypeVar("S")
F = TypeVar("F", bound=Callable[..., Any])

_OWN_LIMIT = "lodestar_body_limit"

Limit = Annotated[int, Query(ge=1, le=200, description="How many items at most.")]


def takes_up_to(limit: int) -> Callable[[F], F]:
    """Marks the endpoint of a route that takes bodies of up to `limit` bytes."""

    def mark(endpoint: F) -> F:
        setattr(endpoint, _OWN_LIMIT, limit)
        return endpoint

    return mark


def own_limit(endpoint: Any) -> int | None:
    """The limit that `takes_up_to` gave to an endpoint, in bytes."""
    limit: int | None = getattr(endpoint, _OWN_LIMIT, None)
    return limit


class Created(BaseModel):
    """The id of what was made."""

    id: Id


class Done(BaseModel):
    """It is done; there is nothing more to say."""

    done: bool = True


class Page(BaseModel, Generic[T]):
    """Some items, and where to go on: `next` is the value for `after`, null at the end."""

    items: tuple[T, ...]
    next: Id | None

    @classmethod
    def of(cls, items: Sequence[T], limit: int, cursor: Callable[[T], str]) -> "Page[T]":
        """A page of at most `limit` items; a full one goes on behind its last item."""
        return cls(items=tuple(items), next=cursor(items[-1]) if len(items) == limit else None)

    @classmethod
    def from_slice(cls, found: Slice[S], view: Callable[[S], T]) -> "Page[T]":
        """A page of what a store found."""
        return cls(items=tuple(map(view, found.items)), next=found.next)
