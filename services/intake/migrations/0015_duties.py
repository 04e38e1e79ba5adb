"""What staff must do next, by when and whose turn it is."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "duties",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("place_id", sa.String(length=32), nullable=False),
        sa.Column("subject_id", sa.String(length=32), nullable=False),
        sa.Column("person_id", sa.String(length=32), nullable=True),
        sa.Column("request_id", sa.String(length=32), nullable=True),
        sa.Column("slot", sa.LargeBinary(length=32), nullable=False),
        sa.Column("who", sa.String(length=8), nullable=False),
        sa.Column("who_id", sa.String(length=32), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("step", sa.String(length=16), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("terms", sa.LargeBinary(), nullable=False),
        sa.Column("made_by", sa.String(length=32), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_by", sa.String(length=32), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("note", sa.LargeBinary(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duties")),
        sa.UniqueConstraint("slot", name=op.f("uq_duties_slot")),
    )
    op.create_index(op.f("ix_duties_state_due_at"), "duties", ["state", "due_at"], unique=False)
    op.create_index(op.f("ix_duties_place_id"), "duties", ["place_id"], unique=False)
    op.create_index(op.f("ix_duties_subject_id"), "duties", ["subject_id"], unique=False)


def downgrade() -> None:
    op.drop_table("duties")
