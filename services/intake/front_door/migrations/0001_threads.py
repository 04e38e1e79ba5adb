"""Threads, letters to intake and answers; on PostgreSQL whoever does not own them sees the one thread they named."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

MINE = "handle = current_setting('door.handle', true)"
OF_MINE = "thread_id = (SELECT id FROM door_threads)"


def upgrade() -> None:
    op.create_table(
        "door_threads",
        sa.Column("handle", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("confirmation", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("handle", name=op.f("pk_door_threads")),
        sa.UniqueConstraint("id", name=op.f("uq_door_threads_id")),
    )
    op.create_table(
        "door_letters",
        sa.Column(
            "number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), sa.Identity(always=True), nullable=False
        ),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("thread_id", sa.String(length=32), nullable=False),
        sa.Column("kid", sa.String(length=32), nullable=False),
        sa.Column("box", sa.LargeBinary(), nullable=False),
        sa.Column("file", sa.LargeBinary(), nullable=True),
        sa.Column("stuck", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_door_letters")),
        sa.UniqueConstraint("id", name=op.f("uq_door_letters_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_door_letters_thread_id"), "door_letters", ["thread_id"], unique=False)
    op.create_table(
        "door_answers",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("thread_id", sa.String(length=32), nullable=False),
        sa.Column("box", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_door_answers")),
    )
    op.create_index(op.f("ix_door_answers_thread_id_number"), "door_answers", ["thread_id", "number"], unique=False)
    if op.get_bind().dialect.name == "postgresql":
        for table, whose in (("door_threads", MINE), ("door_letters", OF_MINE), ("door_answers", OF_MINE)):
            op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
            op.execute(f"CREATE POLICY one_thread ON {table} USING ({whose}) WITH CHECK ({whose})")


def downgrade() -> None:
    op.drop_table("door_answers")
    op.drop_table("door_letters")
    op.drop_table("door_threads")
