"""What every service has: outbox, inbox, timers, audit, answers, access, approvals."""

from shared.database import foundation_v1

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    foundation_v1.upgrade()


def downgrade() -> None:
    foundation_v1.downgrade()
