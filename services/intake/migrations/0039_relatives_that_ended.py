"""Why somebody is no relative outside any more, who wrote that down, and when."""

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("relatives", sa.Column("ended_why", sa.LargeBinary(), nullable=True))
    op.add_column("relatives", sa.Column("ended_by", sa.String(length=32), nullable=True))
    op.add_column("relatives", sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    for column in ("ended_at", "ended_by", "ended_why"):
        op.drop_column("relatives", column)
