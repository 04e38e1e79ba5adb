"""Runs of long computations."""

from shared.database import foundation_runs

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    foundation_runs.upgrade()


def downgrade() -> None:
    foundation_runs.downgrade()
