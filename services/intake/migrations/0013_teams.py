"""Teams, and who was named for which case: until now everybody assigned was named in person."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "teams",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_teams")),
    )
    op.create_table(
        "team_members",
        sa.Column("team_id", sa.String(length=32), nullable=False),
        sa.Column("actor_id", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("team_id", "actor_id", name=op.f("pk_team_members")),
    )
    op.create_table(
        "staffed_cases",
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_staffed_cases")),
    )
    op.create_table(
        "assignments",
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("who_id", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("case_id", "kind", "who_id", name=op.f("pk_assignments")),
    )
    op.create_index(op.f("ix_assignments_who_id"), "assignments", ["who_id"], unique=False)
    op.execute("INSERT INTO staffed_cases (case_id) SELECT DISTINCT case_id FROM access_entries")
    op.execute(
        "INSERT INTO assignments (case_id, kind, who_id)"
        " SELECT case_id, 'person', actor_id FROM access_entries WHERE relation = 'assigned'"
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_assignments_who_id"), table_name="assignments")
    op.drop_table("assignments")
    op.drop_table("staffed_cases")
    op.drop_table("team_members")
    op.drop_table("teams")
