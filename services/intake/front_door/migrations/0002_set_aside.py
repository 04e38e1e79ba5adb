"""Why a letter was set aside: a word of intake's, of nothing that is in it."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("door_letters", sa.Column("why", sa.String(length=32), nullable=True))


def downgrade() -> None:
    op.drop_column("door_letters", "why")
