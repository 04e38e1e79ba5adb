"""What was read of the file of an import, or why it could not be read; and marks of what is never brought in again."""

import sqlalchemy as sa
from alembic import op

from shared.vault import Encrypted

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("imports", sa.Column("sheet_id", sa.String(length=32), nullable=True))
    op.add_column("imports", sa.Column("unread", sa.String(length=64), nullable=True))
    op.add_column("brought_in", sa.Column("mark", sa.String(length=64), nullable=True))
    op.create_table(
        "not_again",
        sa.Column("mark", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("mark", name=op.f("pk_not_again")),
    )
    op.create_table(
        "pepper",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("secret", Encrypted(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pepper")),
    )


def downgrade() -> None:
    op.drop_table("pepper")
    op.drop_table("not_again")
    with op.batch_alter_table("brought_in") as brought_in:
        brought_in.drop_column("mark")
    with op.batch_alter_table("imports") as imports:
        imports.drop_column("unread")
        imports.drop_column("sheet_id")
