"""What partners call their webhooks, encrypted beside its image; receipts of before lose theirs when the blind key is
next rotated."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("referrals", sa.Column("webhook_id", sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    op.drop_column("referrals", "webhook_id")
