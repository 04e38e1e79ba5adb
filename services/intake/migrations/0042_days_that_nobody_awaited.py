"""Consents that were given, and people who were registered, before their days were waited for.

What day that is stands encrypted: a timer that is due at once makes intake look, and set the true one.
"""

from alembic import op

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None

CONSENTS = (
    "INSERT INTO timers (kind, subject, due_at, correlation_id)"
    " SELECT 'consent_expires', id, given_at, id FROM consents WHERE live AND NOT EXISTS"
    " (SELECT 1 FROM timers WHERE timers.kind = 'consent_expires' AND timers.subject = consents.id)"
)
PEOPLE = (
    "INSERT INTO timers (kind, subject, due_at, correlation_id)"
    " SELECT 'age_unseen', people.id, cases.opened_at, people.id FROM people JOIN cases ON cases.id = people.case_id"
    " WHERE NOT EXISTS"
    " (SELECT 1 FROM timers WHERE timers.kind = 'turns_18' AND timers.subject = people.id)"
)


def upgrade() -> None:
    op.execute(CONSENTS)
    op.execute(PEOPLE)


def downgrade() -> None:
    op.execute("DELETE FROM timers WHERE kind = 'age_unseen'")
