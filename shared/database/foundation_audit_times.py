"""By when it was written the audit log is found: a column of its links, as a migration of every service makes it.

Rule: frozen. Tables in code may grow; this file never changes, later migrations do.
"""

from alembic import op
from sqlalchemy import Column, DateTime

SO_FAR = """
UPDATE audit_links SET latest = found.latest FROM (
    SELECT links.number AS number, max(audit.at) OVER (ORDER BY links.number) AS latest
    FROM audit_links AS links LEFT JOIN audit ON audit.seq = links.seq
) AS found
WHERE found.number = audit_links.number
"""


def upgrade() -> None:
    """Add the column, and fill it for the links that are there."""
    op.add_column("audit_links", Column("latest", DateTime(timezone=True)))
    op.execute(SO_FAR)
    op.create_index("ix_audit_links_latest", "audit_links", ["latest", "number"])


def downgrade() -> None:
    """Drop the column; the links stay."""
    op.drop_index("ix_audit_links_latest", table_name="audit_links")
    op.drop_column("audit_links", "latest")
