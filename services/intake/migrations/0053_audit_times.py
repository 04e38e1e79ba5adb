"""The audit log is found by when it was written."""

from shared.database import foundation_audit_times

revision = "0053"
down_revision = "0052"
branch_labels = None
depends_on = None


def upgrade() -> None:
    foundation_audit_times.upgrade()


def downgrade() -> None:
    foundation_audit_times.downgrade()
