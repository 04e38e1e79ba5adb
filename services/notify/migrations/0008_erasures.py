"""The ledger of erasures, what kept answers are about, and who consents to being counted in public."""

import sqlalchemy as sa
from alembic import op

from shared.database import foundation_erasures

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    foundation_erasures.upgrade()
    op.create_table(
        "counting_consents",
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("terms", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_counting_consents")),
    )


def downgrade() -> None:
    op.drop_table("counting_consents")
    foundation_erasures.downgrade()
