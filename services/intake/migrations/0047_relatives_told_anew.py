"""What was told of relatives outside anew, beside what was told before."""

import sqlalchemy as sa
from alembic import op

revision = "0047"
down_revision = "0046"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "relative_tellings",
        sa.Column("relative_id", sa.String(length=32), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.Column("kin", sa.LargeBinary(), nullable=False),
        sa.Column("recorded_by", sa.String(length=32), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("relative_id", "version", name=op.f("pk_relative_tellings")),
    )
    op.create_index(op.f("ix_relative_tellings_person_id"), "relative_tellings", ["person_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_relative_tellings_person_id"), table_name="relative_tellings")
    op.drop_table("relative_tellings")
