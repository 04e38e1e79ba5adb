"""The ledger of erasures, what kept answers are about, and proposals to erase somebody."""

import sqlalchemy as sa
from alembic import op

from shared.database import foundation_erasures

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    foundation_erasures.upgrade()
    op.create_table(
        "erasure_proposals",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("approval_id", sa.String(length=32), nullable=False),
        sa.Column("requests", sa.Text(), nullable=False),
        sa.Column("reason", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasure_proposals")),
    )
    op.create_index(op.f("ix_erasure_proposals_person_id"), "erasure_proposals", ["person_id"])


def downgrade() -> None:
    op.drop_index(op.f("ix_erasure_proposals_person_id"), table_name="erasure_proposals")
    op.drop_table("erasure_proposals")
    foundation_erasures.downgrade()
