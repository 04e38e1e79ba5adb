"""What counted of each person in a triage, under their own key."""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "triage_factors",
        sa.Column("triage_id", sa.String(length=32), nullable=False),
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("counted", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("triage_id", "person_id", name=op.f("pk_triage_factors")),
    )
    op.create_index(op.f("ix_triage_factors_person_id"), "triage_factors", ["person_id"], unique=False)
    op.create_index(op.f("ix_triage_factors_case_id"), "triage_factors", ["case_id"], unique=False)


def downgrade() -> None:
    op.drop_table("triage_factors")
