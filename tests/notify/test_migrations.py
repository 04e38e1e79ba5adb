"""Alerts outlive the change that made room for other kinds."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import TextClause, bindparam, text

from services.notify.service import blueprint
from shared.database import Database, Instant, Transaction
from shared.database.migrations import migrate
from tests.support.databases import database_url
from tests.support.room import NOON

CHECK_IN, GLASS, CASE, JOURNEY, BREAKING = ("1" * 32, "2" * 32, "3" * 32, "4" * 32, "5" * 32)


def dated(statement: str) -> TextClause:
    return text(statement).bindparams(bindparam("at", NOON, Instant))


def turn(alert_id: str, what: str) -> TextClause:
    return dated(f"INSERT INTO alert_history VALUES ('{alert_id}', 1, :at, '{what}', '{JOURNEY}')")


async def on(url: str, *statements: TextClause) -> list[tuple[Any, ...]]:
    """Run statements on a database that nobody else has open; rows of the last."""

    async def job(tx: Transaction) -> list[tuple[Any, ...]]:
        *before, last = statements
        for statement in before:
            await tx.execute(statement)
        return [tuple(row) for row in await tx.execute(last)]

    database = Database(url)
    await database.open()
    try:
        return await database.transact(job)
    finally:
        await database.close()


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_an_alert_of_a_missed_check_in_outlives_the_way_up_and_down(kind: str, tmp_path: Path) -> None:
    """It keeps what it is about in both directions; on the way down only alerts of other kinds end."""
    url, made = database_url(kind, tmp_path, "notify"), blueprint().migrations
    await migrate(url, made, "0002")
    missed = dated(
        "INSERT INTO alerts (id, case_id, kind, check_in_id, journey_id, step, state, raised_at, version)"
        f" VALUES ('{CHECK_IN}', '{CASE}', 'check_in_missed', '{BREAKING}', '{JOURNEY}', 'due', 'open', :at, 1)"
    )
    await on(url, missed, turn(CHECK_IN, "due"), text("SELECT id FROM alerts"))
    await migrate(url, made, "0003")
    glass = dated(
        "INSERT INTO alerts (id, case_id, kind, about_id, service, raised_by, state, raised_at, version)"
        f" VALUES ('{GLASS}', '{CASE}', 'glass_broken', '{BREAKING}', 'intake', '{JOURNEY}', 'open', :at, 1)"
    )
    found = await on(
        url, glass, turn(GLASS, "raised"), text("SELECT kind, about_id, service, journey_id FROM alerts ORDER BY kind")
    )
    assert found == [
        ("check_in_missed", BREAKING, "logistics", JOURNEY),
        ("glass_broken", BREAKING, "intake", None),
    ]
    await migrate(url, made, "0002")
    assert await on(url, text("SELECT id, check_in_id, step FROM alerts")) == [(CHECK_IN, BREAKING, "due")]
    assert await on(url, text("SELECT alert_id, what FROM alert_history")) == [(CHECK_IN, "due")]
