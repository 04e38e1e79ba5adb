"""Encrypted files in chunks."""

from shared.database import foundation_files

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    foundation_files.upgrade()


def downgrade() -> None:
    foundation_files.downgrade()
