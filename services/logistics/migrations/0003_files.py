"""Encrypted files in chunks."""

from shared.database import foundation_files

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    foundation_files.upgrade()


def downgrade() -> None:
    foundation_files.downgrade()
