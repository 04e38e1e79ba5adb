"""Deaths that were written down under the key of the case, before they were under the key of who died.

What a row says stands encrypted: a timer that is due at once makes intake look, and move what is about one person.
"""

from alembic import op

revision = "0051"
down_revision = "0050"
branch_labels = None
depends_on = None

UNPLACED = (
    "INSERT INTO timers (kind, subject, due_at, correlation_id)"
    " SELECT 'turn_unplaced', id, at, id FROM case_turns WHERE person_id IS NULL"
)


def upgrade() -> None:
    op.execute(UNPLACED)


def downgrade() -> None:
    op.execute("DELETE FROM timers WHERE kind = 'turn_unplaced'")
