"""Who works on a request and until when; screenings, merges and hand-overs as they happened; contacts that were tried;
who is on duty; what nobody on duty reads. Merges of before are taken over from where the requests went."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

ID = sa.String(length=32)


def upgrade() -> None:
    op.add_column("requests", sa.Column("claimed_by", ID, nullable=True))
    op.add_column("requests", sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True))
    _history()
    _contacts()
    _roster()
    op.execute(
        "INSERT INTO merges (id, request_id, into_id, state_before, by_id, at)"
        " SELECT id, id, merged_into, 'new', id, received_at FROM requests WHERE merged_into IS NOT NULL"
    )


def _history() -> None:
    op.create_table(
        "screenings",
        sa.Column("id", ID, nullable=False),
        sa.Column("request_id", ID, nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("said", sa.LargeBinary(), nullable=False),
        sa.Column("by_id", ID, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_screenings")),
    )
    op.create_index(op.f("ix_screenings_request_id_at"), "screenings", ["request_id", "at"])
    op.create_table(
        "merges",
        sa.Column("id", ID, nullable=False),
        sa.Column("request_id", ID, nullable=False),
        sa.Column("into_id", ID, nullable=False),
        sa.Column("state_before", sa.String(length=16), nullable=False),
        sa.Column("by_id", ID, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_by", ID, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_merges")),
    )
    op.create_index(op.f("ix_merges_request_id"), "merges", ["request_id"])
    op.create_index(op.f("ix_merges_into_id"), "merges", ["into_id"])
    op.create_table(
        "handovers",
        sa.Column("id", ID, nullable=False),
        sa.Column("request_id", ID, nullable=False),
        sa.Column("note", sa.LargeBinary(), nullable=False),
        sa.Column("by_id", ID, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("taken_by", ID, nullable=True),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handovers")),
    )
    op.create_index(op.f("ix_handovers_request_id"), "handovers", ["request_id"])
    op.create_index(op.f("ix_handovers_taken_by"), "handovers", ["taken_by"])


def _contacts() -> None:
    op.create_table(
        "contact_attempts",
        sa.Column("id", ID, nullable=False),
        sa.Column("request_id", ID, nullable=False),
        sa.Column("said", sa.LargeBinary(), nullable=False),
        sa.Column("by_id", ID, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_attempts")),
    )
    op.create_index(op.f("ix_contact_attempts_request_id_at"), "contact_attempts", ["request_id", "at"])


def _roster() -> None:
    op.create_table(
        "shifts",
        sa.Column("id", ID, nullable=False),
        sa.Column("actor_id", ID, nullable=False),
        sa.Column("begins_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reads", sa.LargeBinary(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shifts")),
    )
    op.create_index(op.f("ix_shifts_ends_at"), "shifts", ["ends_at"])
    op.create_table(
        "reader_alarms",
        sa.Column("id", ID, nullable=False),
        sa.Column("request_id", ID, nullable=False),
        sa.Column("said", sa.LargeBinary(), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reader_alarms")),
    )
    op.create_index(op.f("ix_reader_alarms_request_id"), "reader_alarms", ["request_id"])


def downgrade() -> None:
    for table in ("reader_alarms", "shifts", "contact_attempts", "handovers", "merges", "screenings"):
        op.drop_table(table)
    op.drop_column("requests", "claimed_until")
    op.drop_column("requests", "claimed_by")
