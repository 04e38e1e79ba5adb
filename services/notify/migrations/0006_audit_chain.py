"""The audit log is a chain with an index, and the heads of the others' chains are kept."""

from shared.database import foundation_audit

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    foundation_audit.upgrade()


def downgrade() -> None:
    foundation_audit.downgrade()
