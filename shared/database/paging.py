"""Lists in pages: where a page begins, where it ends, and where to go on.

Rule: a page goes on behind a row, not behind a number of rows, so what is added or removed meanwhile neither repeats
nor hides anything. A cursor that the asker may not see answers like one that does not exist.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy import Select, tuple_

T = TypeVar("T")


@dataclass(frozen=True)
class Slice(Generic[T]):
    """Some of a list. next: the id of the last row that was looked at, None when the list is at its end.

    A slice may be shorter than its rows: what cannot be read any more, because its key was destroyed, is left out.
    """

    items: tuple[T, ...]
    next: str | None

    @classmethod
    def of(cls, rows: Sequence[Any], limit: int, items: Sequence[T]) -> "Slice[T]":
        """rows: what was found, each with its `id`; items: what became of them."""
        return cls(tuple(items), rows[-1].id if len(rows) == limit else None)

    def map(self, change: Callable[[T], Any]) -> "Slice[Any]":
        return Slice(tuple(map(change, self.items)), self.next)


def paged(
    query: Select[Any], order: Sequence[Any], after: str | None, limit: int, *, among: Select[Any] | None = None
) -> Select[Any]:
    """`query` in `order`, behind the row `after`, at most `limit` rows.

    order: expressions that are never null, the id last. among: where the row `after` is looked for, if not in `query`:
    it may have left the list since.
    """
    if after is not None:
        last = (query if among is None else among).with_only_columns(*order).where(order[-1] == after)
        query = query.where(tuple_(*order) > last.scalar_subquery())
    return query.order_by(*order).limit(limit)
