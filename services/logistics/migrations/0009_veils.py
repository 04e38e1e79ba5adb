"""Who may look at whose later journey; whose plan a journey is, and by whose act people left a house for it."""

import sqlalchemy as sa
from alembic import op

from shared.database import foundation_veils

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    foundation_veils.upgrade()
    op.add_column("journeys", sa.Column("planned_by", sa.String(length=32), nullable=True))
    op.add_column("stay_people", sa.Column("left_by", sa.String(length=32), nullable=True))
    op.add_column("stay_people", sa.Column("left_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("stay_people") as people:
        people.drop_column("left_at")
        people.drop_column("left_by")
    with op.batch_alter_table("journeys") as journeys:
        journeys.drop_column("planned_by")
    foundation_veils.downgrade()
