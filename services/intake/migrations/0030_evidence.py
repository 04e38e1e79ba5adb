"""Items of verification say whom they are about, with files and interviews beside them; verdicts have a second instance."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("verification_items") as batch:
        batch.add_column(sa.Column("person_id", sa.String(length=32), nullable=True))
        batch.add_column(sa.Column("number", sa.Integer(), nullable=False, server_default="1"))
    with op.batch_alter_table("verification_items") as batch:
        batch.alter_column("number", server_default=None)
    op.create_index(op.f("ix_verification_items_person_id"), "verification_items", ["person_id"], unique=False)
    op.create_table(
        "verification_files",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("item_id", sa.String(length=32), nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("added_by", sa.String(length=32), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_verification_files")),
    )
    op.create_index(op.f("ix_verification_files_item_id"), "verification_files", ["item_id"], unique=False)
    op.create_index(op.f("ix_verification_files_case_id"), "verification_files", ["case_id"], unique=False)
    op.create_table(
        "interviews",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.Column("interviewer_id", sa.String(length=32), nullable=True),
        sa.Column("talk", sa.LargeBinary(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("recorded_by", sa.String(length=32), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_interviews")),
    )
    op.create_index(op.f("ix_interviews_case_id"), "interviews", ["case_id"], unique=False)
    op.create_index(op.f("ix_interviews_person_id"), "interviews", ["person_id"], unique=False)
    with op.batch_alter_table("verdicts") as batch:
        batch.add_column(sa.Column("proposed_by", sa.String(length=32), nullable=True))
        batch.add_column(sa.Column("terms", sa.LargeBinary(), nullable=True))
        batch.add_column(sa.Column("head_id", sa.String(length=32), nullable=True))
        batch.add_column(sa.Column("head_cause", sa.String(length=16), nullable=True))
        batch.add_column(sa.Column("opinion", sa.LargeBinary(), nullable=True))
        batch.add_column(sa.Column("final", sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("verdicts") as batch:
        batch.alter_column("final", server_default=None)
    op.create_index(op.f("ix_verdicts_head_id"), "verdicts", ["head_id"], unique=False)
    # What was approved until now counted at once.
    approved = sa.text("approval_id IN (SELECT id FROM approvals WHERE state = 'approved')")
    op.execute(
        sa.update(sa.table("verdicts", sa.column("final"), sa.column("approval_id"))).where(approved).values(final=True)
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_verdicts_head_id"), table_name="verdicts")
    with op.batch_alter_table("verdicts") as batch:
        for column in ("final", "opinion", "head_cause", "head_id", "terms", "proposed_by"):
            batch.drop_column(column)
    op.drop_table("interviews")
    op.drop_table("verification_files")
    op.drop_index(op.f("ix_verification_items_person_id"), table_name="verification_items")
    with op.batch_alter_table("verification_items") as batch:
        batch.drop_column("number")
        batch.drop_column("person_id")
