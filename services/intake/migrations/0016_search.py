"""Search: by which words people, requests and cases are found, blind.

What was there before is found by nothing until it is changed: its words cannot be read here.
"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "search_terms",
        sa.Column("subject_id", sa.String(length=32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("about", sa.String(length=8), nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=True),
        sa.Column("words", sa.LargeBinary(), nullable=False),
        sa.Column("image", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("subject_id", "number", "place", name=op.f("pk_search_terms")),
    )
    op.create_index(op.f("ix_search_terms_image"), "search_terms", ["image"], unique=False)
    op.create_index(op.f("ix_search_terms_case_id"), "search_terms", ["case_id"], unique=False)


def downgrade() -> None:
    op.drop_table("search_terms")
