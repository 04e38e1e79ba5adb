"""What waited for a second person before approvals had one timer and a case still waits afterwards, and back again."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, text

from services.logistics.service import blueprint as logistics
from services.settlement.service import blueprint as settlement
from shared.database.migrations import _with_connection, migrate
from tests.support.databases import database_url
from tests.support.room import NOON

OPEN, OVER, ASKED, ENDED, CASE, WHO, PROGRAMME = (letter * 32 for letter in "abcdef0")

APPROVAL = """
INSERT INTO approvals (id, kind, subject_id, digest, proposed_by, proposed_at, expires_at, needed, state)
VALUES (:id, :kind, :subject, 'x', :who, :at, :at, 1, :state)
"""
SPLIT = """
INSERT INTO splits (id, case_id, approval_id, reason, state, expires_at, version)
VALUES (:subject, :case, :id, :box, :own, :at, :version)
"""
PROGRAMME_ROW = """
INSERT INTO programmes (id, name, country, kind, places, held, used, seal, version)
VALUES (:programme, :box, 'CA', 'gar', 1, 0, 0, 'sealed', 1)
"""
DISCLOSURE = """
INSERT INTO disclosures (id, programme_id, approval_id, content, state, proposed_by, proposed_at, expires_at, version)
VALUES (:subject, :programme, :id, :box, :own, :who, :at, :at, :version)
"""
TIMER = "INSERT INTO timers (kind, subject, due_at, correlation_id) VALUES (:timer, :subject, :at, :id)"


def values(sqlite: bool, **more: Any) -> dict[str, Any]:
    at = NOON.strftime("%Y-%m-%d %H:%M:%S.%f+00:00") if sqlite else NOON
    return {"at": at, "who": WHO, "case": CASE, "programme": PROGRAMME, "box": b"sealed", **more}


def read(connection: Connection, query: str) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in connection.execute(text(query))]


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
@pytest.mark.parametrize(
    ("made", "rows", "kinds", "own", "timer"),
    [
        (logistics(), [SPLIT], ("split_group", "split"), "approved", "split_expiry"),
        (settlement(), [DISCLOSURE], ("disclosure", "disclosure"), "published", "disclosure_expires"),
    ],
    ids=["logistics", "settlement"],
)
async def test_what_waits_goes_on_waiting(
    made: Any, rows: list[str], kinds: tuple[str, str], own: str, timer: str, kind: str, tmp_path: Path
) -> None:
    """The open one has its timer, the approved one has none; downwards both states stand in the slice's table again."""
    url, sqlite = database_url(kind, tmp_path, made.name), kind == "sqlite"
    table = "splits" if made.name == "logistics" else "disclosures"

    def fill(connection: Connection) -> None:
        common = values(sqlite, kind=kinds[0], timer=timer)
        if made.name == "settlement":
            connection.execute(text(PROGRAMME_ROW), common)
        for subject, approval, state, theirs, version in (
            (OPEN, ASKED, "open", "proposed", 1),
            (OVER, ENDED, "approved", own, 2),
        ):
            row = {**common, "subject": subject, "id": approval, "state": state, "own": theirs, "version": version}
            for statement in (APPROVAL, *rows, *([TIMER] if state == "open" else [])):
                connection.execute(text(statement), row)

    async def look(query: str) -> list[tuple[Any, ...]]:
        found: list[list[tuple[Any, ...]]] = []
        await _with_connection(url, lambda connection: found.append(read(connection, query)))
        return found[0]

    (here,) = (path.name[:4] for path in made.migrations.glob("*_approvals.py"))
    before = f"{int(here) - 1:04}"
    await migrate(url, made.migrations, before)
    await _with_connection(url, fill)
    await migrate(url, made.migrations, here)
    assert await look("SELECT kind, subject FROM timers") == [("approval_expires", ASKED)]
    case = CASE if made.name == "logistics" else None
    states = [(ASKED, kinds[1], case, "open"), (ENDED, kinds[1], case, "approved")]
    assert await look("SELECT id, kind, case_id, state FROM approvals ORDER BY id") == states
    await migrate(url, made.migrations, before)
    assert await look("SELECT kind, subject FROM timers") == [(timer, OPEN)]
    states = [(OPEN, "proposed", 1), (OVER, own, 2)]
    assert await look(f"SELECT id, state, version FROM {table} ORDER BY id") == states
    assert await look(
        f"SELECT count(*) FROM {table} d JOIN approvals a ON a.id = d.approval_id AND a.expires_at = d.expires_at"
    ) == [(2,)]
    assert {one for (one,) in await look("SELECT kind FROM approvals")} == {kinds[0]}
