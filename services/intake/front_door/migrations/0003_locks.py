"""Which secret of the front door a receipt was made under: the name of the secret, from which nothing of it follows.

Rows of before have none; they were made under the only secret that there was.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("door_threads", sa.Column("lock", sa.String(length=16), nullable=True))


def downgrade() -> None:
    op.drop_column("door_threads", "lock")
