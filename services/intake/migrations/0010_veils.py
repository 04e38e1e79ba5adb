"""Who may look at whose later journey; what was told of it, encrypted, because clear states told who is veiled.

Rule: what was told before in clear cannot be encrypted here and is left behind; the next word of its owner brings it.
"""

import sqlalchemy as sa
from alembic import op

from shared.database import foundation_veils

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

LATER = ("clearance", "travel", "pathway", "settling")


def upgrade() -> None:
    foundation_veils.upgrade()
    with op.batch_alter_table("journeys") as journeys:
        journeys.add_column(sa.Column("later", sa.LargeBinary(), nullable=True))
        for facet in LATER:
            journeys.drop_column(facet)


def downgrade() -> None:
    with op.batch_alter_table("journeys") as journeys:
        for facet in LATER:
            journeys.add_column(sa.Column(facet, sa.String(length=16), nullable=True))
        journeys.drop_column("later")
    foundation_veils.downgrade()
