"""When an alert, or who may see it, changed last; and the searches of the alert list as indexes."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("alerts", sa.Column("changed_at", sa.DateTime(timezone=True), nullable=True))
    op.execute("UPDATE alerts SET changed_at = coalesce(resolved_at, raised_at)")
    with op.batch_alter_table("alerts") as alerts:
        alerts.alter_column("changed_at", existing_type=sa.DateTime(timezone=True), nullable=False)
    op.create_index(op.f("ix_alerts_changed_at"), "alerts", ["changed_at"])
    op.create_index(op.f("ix_alerts_state_id"), "alerts", ["state", "id"])


def downgrade() -> None:
    op.drop_index(op.f("ix_alerts_state_id"), "alerts")
    op.drop_index(op.f("ix_alerts_changed_at"), "alerts")
    with op.batch_alter_table("alerts") as alerts:
        alerts.drop_column("changed_at")
