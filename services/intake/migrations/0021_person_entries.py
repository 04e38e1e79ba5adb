"""What is known of people, entry by entry."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "person_entries",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.Column("ends", sa.String(length=32), nullable=True),
        sa.Column("entry", sa.LargeBinary(), nullable=False),
        sa.Column("recorded_by", sa.String(length=32), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person_entries")),
        sa.UniqueConstraint("ends", name=op.f("uq_person_entries_ends")),
    )
    op.create_index(
        op.f("ix_person_entries_person_id_recorded_at"), "person_entries", ["person_id", "recorded_at"], unique=False
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_person_entries_person_id_recorded_at"), table_name="person_entries")
    op.drop_table("person_entries")
