"""Who saw what of whom: rows of the log found by the ids that they name.

Rule: found through an index alone, by whom it is about or by when it was written, so an answer takes as long as what it
reads, not as long as the log. What of it the reader may not know is left out where it is shown.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, select

from shared.audit.chain import ABOUT, LINKS
from shared.audit.rows import AUDIT


def rows_about(ids: Sequence[str], *, since: datetime | None, after: int) -> Select[Any]:
    """Linked rows that name all of `ids`, written at or after `since`, behind link `after`, in order of the chain.

    Each row has the number of its link as `place`.
    """
    place, *others = [ABOUT.alias() for _ in ids] or [LINKS]
    query = (
        select(place.c.number.label("place"), AUDIT)
        .join(AUDIT, AUDIT.c.seq == place.c.seq)
        .where(place.c.number > after)
    )
    for named, one in zip([place, *others], ids, strict=False):
        query = query.where(named.c.about == one)
    for other in others:
        query = query.where(other.c.number == place.c.number)
    if since is not None:
        query = query.where(*([AUDIT.c.at >= since] if ids else _written(place, since)))
    return query.order_by(place.c.number)


def _written(place: FromClause, since: datetime) -> list[ColumnElement[bool]]:
    """From the first link that can be of such a row. Each row is looked at by its link, so that no plan reads all."""
    first = select(LINKS.c.number).where(LINKS.c.latest >= since).order_by(LINKS.c.latest, LINKS.c.number).limit(1)
    row = AUDIT.alias()
    at = select(row.c.at).where(row.c.seq == place.c.seq).correlate(place)
    return [place.c.number >= first.correlate(None).scalar_subquery(), at.scalar_subquery() >= since]
