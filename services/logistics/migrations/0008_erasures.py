"""The ledger of erasures, and what kept answers are about."""

from shared.database import foundation_erasures

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    foundation_erasures.upgrade()


def downgrade() -> None:
    foundation_erasures.downgrade()
