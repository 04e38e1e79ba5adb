"""Moves of people between cases; a case that was split off began with no request of its own."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "family_moves",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("to_case_id", sa.String(length=32), nullable=True),
        sa.Column("approval_id", sa.String(length=32), nullable=False),
        sa.Column("terms", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_family_moves")),
    )
    op.create_index(op.f("ix_family_moves_case_id"), "family_moves", ["case_id"], unique=False)
    with op.batch_alter_table("cases") as cases:
        cases.alter_column("request_id", nullable=True, existing_type=sa.String(length=32))


def downgrade() -> None:
    op.execute("UPDATE cases SET request_id = id WHERE request_id IS NULL")
    with op.batch_alter_table("cases") as cases:
        cases.alter_column("request_id", nullable=False, existing_type=sa.String(length=32))
    op.drop_index(op.f("ix_family_moves_case_id"), table_name="family_moves")
    op.drop_table("family_moves")
