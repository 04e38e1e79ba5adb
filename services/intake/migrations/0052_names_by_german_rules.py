"""Names are found by German rules of spelling too: requests and people are indexed as they sound now.

The words cannot be read here: timers walk through requests and people, some in each transaction, while the service works;
a walk that was under way begins again. Where there are none, nothing is begun.
"""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

from shared.database import Instant

revision = "0052"
down_revision = "0051"
branch_labels = None
depends_on = None

LONG_AGO = datetime(2017, 1, 1, tzinfo=UTC)


def upgrade() -> None:
    _begin("index_requests", "SELECT 1 FROM requests")
    _begin("index_people", "SELECT 1 FROM people")


def downgrade() -> None:
    op.execute("DELETE FROM timers WHERE kind IN ('index_requests', 'index_people')")


def _begin(kind: str, anything: str) -> None:
    op.execute(sa.text("DELETE FROM timers WHERE kind = :kind").bindparams(kind=kind))
    timer = "INSERT INTO timers (kind, subject, due_at, correlation_id) SELECT :kind, :first, :due, :first WHERE EXISTS"
    due = sa.bindparam("due", LONG_AGO, type_=Instant())
    op.execute(sa.text(f"{timer} ({anything})").bindparams(due, kind=kind, first="0" * 32))
