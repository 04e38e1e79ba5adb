"""Whose a request is that became a case: its principal applicant, also when they are on another case later.

Of a case that somebody left before now nobody knows any more who led it; its request stays nobody's.
"""

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

WHOSE = (
    "UPDATE requests SET person_id = (SELECT people.id FROM people WHERE people.case_id = requests.case_id AND principal)"
    " WHERE state = 'accepted' AND NOT EXISTS"
    " (SELECT 1 FROM audit WHERE audit.case_id = requests.case_id AND verb = 'leave_case' AND NOT denied)"
)


def upgrade() -> None:
    op.add_column("requests", sa.Column("person_id", sa.String(length=32), nullable=True))
    op.create_index(op.f("ix_requests_person_id"), "requests", ["person_id"])
    op.execute(WHOSE)


def downgrade() -> None:
    op.drop_index(op.f("ix_requests_person_id"), "requests")
    op.drop_column("requests", "person_id")
