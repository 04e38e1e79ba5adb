"""What is kept until when, and legal holds; what ended before, and every request, is looked at once."""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

TIMERS = (
    "INSERT INTO timers (kind, subject, due_at, correlation_id)"
    " SELECT 'request_kept', id, received_at, id FROM requests WHERE state NOT IN ('accepted', 'merged')"
)


def upgrade() -> None:
    op.create_table(
        "kept",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("outcome", sa.LargeBinary(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kept")),
    )
    op.create_index(op.f("ix_kept_until"), "kept", ["until"], unique=False)
    op.create_table(
        "legal_holds",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("place_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("reason", sa.LargeBinary(), nullable=False),
        sa.Column("set_by", sa.String(length=32), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_legal_holds")),
    )
    op.create_index(op.f("ix_legal_holds_place_id"), "legal_holds", ["place_id"], unique=False)
    op.create_table(
        "hold_liftings",
        sa.Column("approval_id", sa.String(length=32), nullable=False),
        sa.Column("hold_id", sa.String(length=32), nullable=False),
        sa.Column("reason", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("approval_id", name=op.f("pk_hold_liftings")),
    )
    op.create_index(op.f("ix_hold_liftings_hold_id"), "hold_liftings", ["hold_id"], unique=False)
    op.execute(TIMERS)


def downgrade() -> None:
    op.execute("DELETE FROM timers WHERE kind IN ('request_kept', 'case_ended', 'retention_looks')")
    op.drop_table("hold_liftings")
    op.drop_table("legal_holds")
    op.drop_table("kept")
