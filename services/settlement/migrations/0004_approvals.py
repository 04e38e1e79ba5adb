"""Approvals know their case, and one timer ends them all; what became of a disclosure stands in its approval only."""

import sqlalchemy as sa
from alembic import op

from shared.database import foundation_approvals

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_TIMERS = """
INSERT INTO timers (kind, subject, due_at, correlation_id)
SELECT 'disclosure_expires', subject_id, expires_at, id FROM approvals WHERE kind = 'disclosure' AND state = 'open'
"""
_PROPOSED = """
UPDATE disclosures SET
    proposed_by = (SELECT proposed_by FROM approvals WHERE id = disclosures.approval_id),
    proposed_at = (SELECT proposed_at FROM approvals WHERE id = disclosures.approval_id),
    expires_at = (SELECT expires_at FROM approvals WHERE id = disclosures.approval_id)
"""
_DECIDED = """
UPDATE disclosures SET version = 2, state = (SELECT state FROM approvals WHERE id = disclosures.approval_id)
WHERE approval_id IN (SELECT id FROM approvals WHERE state <> 'open')
"""


def upgrade() -> None:
    foundation_approvals.upgrade()
    for column in ("state", "proposed_by", "proposed_at", "expires_at", "version"):
        op.drop_column("disclosures", column)


def downgrade() -> None:
    long_ago, nobody = "2017-01-01 00:00:00.000000+00:00", "0" * 32
    for column in (
        sa.Column("state", sa.String(length=16), nullable=False, server_default="proposed"),
        sa.Column("proposed_by", sa.String(length=32), nullable=False, server_default=nobody),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False, server_default=long_ago),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False, server_default=long_ago),
        sa.Column("version", sa.Integer(), nullable=False, server_default="1"),
    ):
        op.add_column("disclosures", column)
    published = "UPDATE disclosures SET state = 'published' WHERE state = 'approved'"
    for statement in (_PROPOSED, _DECIDED, published, _TIMERS):
        op.execute(statement)
    foundation_approvals.downgrade()
