"""How often somebody joined a case: whom intake told of before has joined one once."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("people") as people:
        people.add_column(sa.Column("joins", sa.Integer(), nullable=False, server_default="0"))
    op.execute("UPDATE people SET joins = 1 WHERE facts IS NOT NULL")
    with op.batch_alter_table("people") as people:
        people.alter_column("joins", server_default=None, existing_type=sa.Integer(), existing_nullable=False)


def downgrade() -> None:
    op.drop_column("people", "joins")
