"""Letters that were taken in long ago are looked for by when."""

from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(op.f("ix_letters_taken_taken_at"), "letters_taken", ["taken_at"])


def downgrade() -> None:
    op.drop_index(op.f("ix_letters_taken_taken_at"), "letters_taken")
