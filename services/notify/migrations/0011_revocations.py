"""Whose tokens are no longer believed."""

from shared.database import foundation_revocations

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    foundation_revocations.upgrade()


def downgrade() -> None:
    foundation_revocations.downgrade()
