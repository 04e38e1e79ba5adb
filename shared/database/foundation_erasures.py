"""The foundation tables of erasures, and what kept answers are about, as a migration of every service makes them.

Rule: frozen. Tables in code may grow; this file never changes, later migrations do.
"""

import sqlalchemy as sa
from alembic import op


def upgrade() -> None:
    """Make the ledger of erasures."""
    op.create_table(
        "erasures",
        sa.Column("subject", sa.String(32), nullable=False),
        sa.Column("person_id", sa.String(32), nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("key", sa.String(32), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("purged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("purged_through", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("subject", name=op.f("pk_erasures")),
    )
    op.create_index(op.f("ix_erasures_person_id"), "erasures", ["person_id"])
    op.create_table(
        "erasure_steps",
        sa.Column("person_id", sa.String(32), nullable=False),
        sa.Column("service", sa.String(32), nullable=False),
        sa.Column("step", sa.String(8), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("person_id", "service", "step", name=op.f("pk_erasure_steps")),
    )
    op.add_column("answers", sa.Column("about", sa.Text(), nullable=True))


def downgrade() -> None:
    """Drop the ledger of erasures."""
    op.drop_column("answers", "about")
    op.drop_table("erasure_steps")
    op.drop_index(op.f("ix_erasures_person_id"), table_name="erasures")
    op.drop_table("erasures")
