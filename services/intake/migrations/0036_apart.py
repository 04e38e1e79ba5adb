"""Requests of which somebody found that they are of two people: pairs of ids, and when that was taken back."""

import sqlalchemy as sa
from alembic import op

from shared.database import Instant

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "apart",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("request_id", sa.String(length=32), nullable=False),
        sa.Column("other_id", sa.String(length=32), nullable=False),
        sa.Column("by_id", sa.String(length=32), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("undone_at", Instant(), nullable=True),
        sa.Column("undone_by", sa.String(length=32), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_apart")),
    )
    op.create_index(op.f("ix_apart_request_id"), "apart", ["request_id"])
    op.create_index(op.f("ix_apart_other_id"), "apart", ["other_id"])


def downgrade() -> None:
    op.drop_table("apart")
