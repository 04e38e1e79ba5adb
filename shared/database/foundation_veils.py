"""The table of veils as the services make it that show a person's later journey.

Rule: frozen, like every migration.
"""

import sqlalchemy as sa
from alembic import op


def upgrade() -> None:
    op.create_table(
        "veils",
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("terms", sa.LargeBinary(), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_veils")),
    )
    op.create_index(op.f("ix_veils_case_id"), "veils", ["case_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_veils_case_id"), table_name="veils")
    op.drop_table("veils")
