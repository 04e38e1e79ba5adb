"""Broken glass: who looks into a case that is not theirs, until when, and why."""

from shared.database import foundation_glass

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    foundation_glass.upgrade()


def downgrade() -> None:
    foundation_glass.downgrade()
