"""Lists from elsewhere that are brought in, and what was brought in by them."""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "imports",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("form", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("mapping", sa.LargeBinary(), nullable=True),
        sa.Column("file_id", sa.String(length=32), nullable=True),
        sa.Column("begun_by", sa.String(length=32), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tally", sa.LargeBinary(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_imports")),
    )
    op.create_index(op.f("ix_imports_begun_by"), "imports", ["begun_by"], unique=False)
    op.create_table(
        "brought_in",
        sa.Column("request_id", sa.String(length=32), nullable=False),
        sa.Column("place", sa.LargeBinary(length=32), nullable=False),
        sa.Column("said", sa.LargeBinary(), nullable=False),
        sa.Column("import_id", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("request_id", name=op.f("pk_brought_in")),
        sa.UniqueConstraint("place", name=op.f("uq_brought_in_place")),
    )


def downgrade() -> None:
    op.drop_table("brought_in")
    op.drop_table("imports")
