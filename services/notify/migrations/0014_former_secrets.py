"""The secrets of a partner before the present ones, and until when they hold beside them."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("partners") as partners:
        partners.add_column(sa.Column("former_secrets", sa.LargeBinary(), nullable=True))
        partners.add_column(sa.Column("former_until", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("partners") as partners:
        partners.drop_column("former_until")
        partners.drop_column("former_secrets")
