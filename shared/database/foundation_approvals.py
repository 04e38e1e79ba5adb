"""Approvals know their case, and one timer ends them all, whatever they are about.

Rule: frozen, as `foundation_v1`.
"""

import sqlalchemy as sa
from alembic import op

_FORMER = "DELETE FROM timers WHERE kind IN ('disclosure_expires', 'split_expiry')"
"""What slices called their own timers before."""

_TIMERS = """
INSERT INTO timers (kind, subject, due_at, correlation_id)
SELECT 'approval_expires', id, expires_at, id FROM approvals WHERE state = 'open'
"""


def upgrade() -> None:
    """Add the column and move the timers."""
    op.add_column("approvals", sa.Column("case_id", sa.String(length=32), nullable=True))
    op.create_index("ix_approvals_case_id", "approvals", ["case_id"])
    op.execute(_FORMER)
    op.execute(_TIMERS)


def downgrade() -> None:
    """Drop them; the slices' own timers come back with their tables."""
    op.execute("DELETE FROM timers WHERE kind = 'approval_expires'")
    op.drop_index("ix_approvals_case_id", "approvals")
    op.drop_column("approvals", "case_id")
