"""More images of how a name sounds, by rules that hold across scripts; earlier requests get theirs when the blind key
is next rotated (`lodestar keys rotate`)."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

COLUMNS = ("sound_3", "sound_4", "sound_5", "sound_6", "sound_7")


def upgrade() -> None:
    for column in COLUMNS:
        op.add_column("requests", sa.Column(column, sa.LargeBinary(length=32), nullable=True))
        op.create_index(op.f(f"ix_requests_{column}"), "requests", [column])


def downgrade() -> None:
    for column in COLUMNS:
        op.drop_index(op.f(f"ix_requests_{column}"), table_name="requests")
        op.drop_column("requests", column)
