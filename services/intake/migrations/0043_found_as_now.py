"""What was there before there was a search, or before a form of contact was known, is indexed as it is written now.

The words cannot be read here: timers walk through requests, people and cases, some in each transaction, while the service
works. Where there are none, nothing is begun.
"""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

from shared.database import Instant

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None

LONG_AGO = datetime(2017, 1, 1, tzinfo=UTC)


def upgrade() -> None:
    _begin("index_requests", "SELECT 1 FROM requests")
    _begin("index_people", "SELECT 1 FROM people")
    _begin("index_cases", "SELECT 1 FROM cases")


def downgrade() -> None:
    op.execute("DELETE FROM timers WHERE kind IN ('index_requests', 'index_people', 'index_cases')")


def _begin(kind: str, anything: str) -> None:
    timer = "INSERT INTO timers (kind, subject, due_at, correlation_id) SELECT :kind, :first, :due, :first WHERE EXISTS"
    due = sa.bindparam("due", LONG_AGO, type_=Instant())
    op.execute(sa.text(f"{timer} ({anything})").bindparams(due, kind=kind, first="0" * 32))
