"""How often somebody joined a case: whom intake told of before has joined one once."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("newcomers") as newcomers:
        newcomers.add_column(sa.Column("joins", sa.Integer(), nullable=False, server_default="0"))
    op.execute("UPDATE newcomers SET joins = 1")
    with op.batch_alter_table("newcomers") as newcomers:
        newcomers.alter_column("joins", server_default=None, existing_type=sa.Integer(), existing_nullable=False)


def downgrade() -> None:
    op.drop_column("newcomers", "joins")
