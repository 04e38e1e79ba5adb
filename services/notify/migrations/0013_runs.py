"""Runs of long computations."""

from shared.database import foundation_runs

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    foundation_runs.upgrade()


def downgrade() -> None:
    foundation_runs.downgrade()
