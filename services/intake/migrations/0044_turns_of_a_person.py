"""What happened to one person of a case is under their key."""

import sqlalchemy as sa
from alembic import op

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("case_turns", sa.Column("person_id", sa.String(length=32), nullable=True))
    op.create_index(op.f("ix_case_turns_person_id"), "case_turns", ["person_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_case_turns_person_id"), table_name="case_turns")
    op.drop_column("case_turns", "person_id")
