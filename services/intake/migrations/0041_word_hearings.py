"""Words that were heard, so that what was said in a call can be linked to who said it."""

import sqlalchemy as sa
from alembic import op

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "word_hearings",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.Column("matched", sa.LargeBinary(), nullable=False),
        sa.Column("by", sa.String(length=32), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_word_hearings")),
    )
    op.create_index(op.f("ix_word_hearings_person_id"), "word_hearings", ["person_id"])


def downgrade() -> None:
    op.drop_table("word_hearings")
