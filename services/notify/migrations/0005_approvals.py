"""Approvals know their case, and one timer ends them all."""

from shared.database import foundation_approvals

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    foundation_approvals.upgrade()


def downgrade() -> None:
    foundation_approvals.downgrade()
