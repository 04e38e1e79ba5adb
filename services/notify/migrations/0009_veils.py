"""Who may look at whose later journey; whom an alert is about, and how openly it may be shown."""

import sqlalchemy as sa
from alembic import op

from shared.database import foundation_veils

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    foundation_veils.upgrade()
    op.create_table(
        "alert_people",
        sa.Column("alert_id", sa.String(length=32), nullable=False),
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["alert_id"], ["alerts.id"], name=op.f("fk_alert_people_alert_id_alerts")),
        sa.PrimaryKeyConstraint("alert_id", "person_id", name=op.f("pk_alert_people")),
    )
    op.add_column("alerts", sa.Column("veil", sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("alerts") as alerts:
        alerts.drop_column("veil")
    op.drop_table("alert_people")
    foundation_veils.downgrade()
