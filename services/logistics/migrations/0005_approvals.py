"""Approvals know their case, and one timer ends them all; what became of a split stands in its approval only."""

import sqlalchemy as sa
from alembic import op

from shared.database import foundation_approvals

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_RENAMED = """
UPDATE approvals SET kind = 'split', case_id = (SELECT case_id FROM splits WHERE splits.id = approvals.subject_id)
WHERE kind = 'split_group'
"""
_TIMERS = """
INSERT INTO timers (kind, subject, due_at, correlation_id)
SELECT 'split_expiry', subject_id, expires_at, id FROM approvals WHERE kind = 'split' AND state = 'open'
"""
_EXPIRY = "UPDATE splits SET expires_at = (SELECT expires_at FROM approvals WHERE id = splits.approval_id)"
_DECIDED = """
UPDATE splits SET version = 2, state = (SELECT state FROM approvals WHERE id = splits.approval_id)
WHERE approval_id IN (SELECT id FROM approvals WHERE state <> 'open')
"""


def upgrade() -> None:
    foundation_approvals.upgrade()
    op.execute(_RENAMED)
    for column in ("state", "expires_at", "version"):
        op.drop_column("splits", column)


def downgrade() -> None:
    long_ago = "2017-01-01 00:00:00.000000+00:00"
    for column in (
        sa.Column("state", sa.String(length=16), nullable=False, server_default="proposed"),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False, server_default=long_ago),
        sa.Column("version", sa.Integer(), nullable=False, server_default="1"),
    ):
        op.add_column("splits", column)
    for statement in (_EXPIRY, _DECIDED, _TIMERS, "UPDATE approvals SET kind = 'split_group' WHERE kind = 'split'"):
        op.execute(statement)
    foundation_approvals.downgrade()
