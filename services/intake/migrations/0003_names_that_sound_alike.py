"""Images of how the name on a request sounds; requests of before get theirs when the blind key is next rotated."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

COLUMNS = ("sound_0", "sound_1", "sound_2")


def upgrade() -> None:
    for column in COLUMNS:
        op.add_column("requests", sa.Column(column, sa.LargeBinary(length=32), nullable=True))
        op.create_index(op.f(f"ix_requests_{column}"), "requests", [column])


def downgrade() -> None:
    for column in COLUMNS:
        op.drop_index(op.f(f"ix_requests_{column}"), table_name="requests")
        op.drop_column("requests", column)
