"""The audit log is found by when it was written."""

from shared.database import foundation_audit_times

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    foundation_audit_times.upgrade()


def downgrade() -> None:
    foundation_audit_times.downgrade()
