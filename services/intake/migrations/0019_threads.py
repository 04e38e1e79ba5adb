"""Threads with who came through the front door: letters, answers on their way out, threads that are over."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "threads",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("request_id", sa.String(length=32), nullable=False),
        sa.Column("person_key", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("waiting", sa.Boolean(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_threads")),
        sa.UniqueConstraint("request_id", name=op.f("uq_threads_request_id")),
    )
    op.create_index(op.f("ix_threads_written_at_id"), "threads", ["written_at", "id"], unique=False)
    op.create_table(
        "thread_letters",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("request_id", sa.String(length=32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("ours", sa.Boolean(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read", sa.Boolean(), nullable=False),
        sa.Column("file_id", sa.String(length=32), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_thread_letters")),
    )
    op.create_index(
        op.f("ix_thread_letters_request_id_written_at"), "thread_letters", ["request_id", "written_at"], unique=False
    )
    op.create_table(
        "thread_answers",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("thread_id", sa.String(length=32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("box", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_thread_answers")),
    )
    op.create_table(
        "thread_endings",
        sa.Column("thread_id", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("thread_id", name=op.f("pk_thread_endings")),
    )
    op.create_table(
        "letters_taken",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letters_taken")),
    )


def downgrade() -> None:
    op.drop_table("letters_taken")
    op.drop_table("thread_endings")
    op.drop_table("thread_answers")
    op.drop_index(op.f("ix_thread_letters_request_id_written_at"), table_name="thread_letters")
    op.drop_table("thread_letters")
    op.drop_index(op.f("ix_threads_written_at_id"), table_name="threads")
    op.drop_table("threads")
