"""A duty may be about a report, which is about no case."""

import sqlalchemy as sa
from alembic import op

revision = "0049"
down_revision = "0048"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("duties", sa.Column("report_id", sa.String(length=32), nullable=True))


def downgrade() -> None:
    # Before this a duty about neither a request nor a report was about a case.
    op.execute(sa.delete(sa.table("duties")).where(sa.column("report_id", sa.String()).is_not(None)))
    op.drop_column("duties", "report_id")
