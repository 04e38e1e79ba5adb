"""Answers that many routes have in common.

Rule: a list is paged by a cursor, the id of the last item seen; nobody counts, because counts tell.
"""

from collections.abc import Callable, Sequence
from typing import Annotated, Generic, TypeVar

from fastapi import Query
from pydantic import BaseModel

from shared.contracts.fields import Id

T = TypeVar("T")

Limit = Annotated[int, Query(ge=1, le=200, description="How many items at most.")]


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
