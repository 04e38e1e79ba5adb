"""Every triage and every version of a plan is a row; what was decided until now becomes the first of each case."""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "triages",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("terms", sa.LargeBinary(), nullable=False),
        sa.Column("decided_by", sa.String(length=32), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_triages")),
    )
    op.create_index(op.f("ix_triages_case_id_number"), "triages", ["case_id", "number"], unique=True)
    op.create_table(
        "case_plans",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("written_by", sa.String(length=32), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_plans")),
    )
    op.create_index(op.f("ix_case_plans_case_id_number"), "case_plans", ["case_id", "number"], unique=True)
    op.create_table(
        "goal_turns",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("goal_id", sa.String(length=32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("said", sa.LargeBinary(), nullable=False),
        sa.Column("said_by", sa.String(length=32), nullable=False),
        sa.Column("said_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_goal_turns")),
    )
    op.create_index(op.f("ix_goal_turns_case_id_number"), "goal_turns", ["case_id", "number"], unique=True)
    # The boxes are bound to their case, so these rows bear its id.
    op.execute(
        "INSERT INTO triages (id, case_id, number, terms, decided_by, decided_at)"
        " SELECT id, id, 1, triage, opened_by, opened_at FROM cases WHERE triage IS NOT NULL"
    )
    op.execute(
        "INSERT INTO case_plans (id, case_id, number, state, content, written_by, written_at)"
        " SELECT id, id, 1, 'approved', plan, opened_by, opened_at FROM cases WHERE plan IS NOT NULL"
    )
    with op.batch_alter_table("cases") as cases:
        cases.drop_column("triage")
        cases.drop_column("plan")


def downgrade() -> None:
    with op.batch_alter_table("cases") as cases:
        cases.add_column(sa.Column("triage", sa.LargeBinary(), nullable=True))
        cases.add_column(sa.Column("plan", sa.LargeBinary(), nullable=True))
    # What bears the id of its case goes back; boxes made since are bound to rows that are no more.
    op.execute("UPDATE cases SET triage = (SELECT terms FROM triages WHERE triages.id = cases.id)")
    op.execute("UPDATE cases SET plan = (SELECT content FROM case_plans WHERE case_plans.id = cases.id)")
    for table in ("goal_turns", "case_plans", "triages"):
        op.drop_table(table)
