"""Alerts of every kind: what an alert is about need not be a check-in, and somebody's act may have raised it."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("alerts") as alerts:
        alerts.drop_constraint(op.f("uq_alerts_check_in_id"), type_="unique")
        alerts.alter_column("check_in_id", new_column_name="about_id", existing_type=sa.String(length=32))
        alerts.alter_column("journey_id", nullable=True, existing_type=sa.String(length=32))
        alerts.alter_column("step", nullable=True, existing_type=sa.String(length=32))
        alerts.add_column(sa.Column("service", sa.String(length=32), nullable=False, server_default="logistics"))
        alerts.add_column(sa.Column("raised_by", sa.String(length=32), nullable=True))
    with op.batch_alter_table("alerts") as alerts:
        alerts.alter_column("service", server_default=None, existing_type=sa.String(length=32))
        alerts.create_unique_constraint(op.f("uq_alerts_kind_about_id"), ["kind", "about_id"])


def downgrade() -> None:
    op.execute("DELETE FROM alert_history WHERE alert_id IN (SELECT id FROM alerts WHERE kind <> 'check_in_missed')")
    op.execute("DELETE FROM alerts WHERE kind <> 'check_in_missed'")
    with op.batch_alter_table("alerts") as alerts:
        alerts.drop_constraint(op.f("uq_alerts_kind_about_id"), type_="unique")
        alerts.drop_column("raised_by")
        alerts.drop_column("service")
        alerts.alter_column("step", nullable=False, existing_type=sa.String(length=32))
        alerts.alter_column("journey_id", nullable=False, existing_type=sa.String(length=32))
        alerts.alter_column("about_id", new_column_name="check_in_id", existing_type=sa.String(length=32))
    with op.batch_alter_table("alerts") as alerts:
        alerts.create_unique_constraint(op.f("uq_alerts_check_in_id"), ["check_in_id"])
