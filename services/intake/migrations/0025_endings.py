"""How cases rest and end, and contact that was tried with people on them."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("cases", sa.Column("standing", sa.String(length=16), nullable=True))
    op.create_table(
        "case_turns",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(length=32), nullable=False),
        sa.Column("said", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_turns")),
    )
    op.create_index(op.f("ix_case_turns_case_id_number"), "case_turns", ["case_id", "number"], unique=True)
    op.create_table(
        "person_contacts",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("said", sa.LargeBinary(), nullable=False),
        sa.Column("by", sa.String(length=32), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person_contacts")),
    )
    op.create_index(op.f("ix_person_contacts_case_id_at"), "person_contacts", ["case_id", "at"], unique=False)
    op.create_index(op.f("ix_person_contacts_person_id"), "person_contacts", ["person_id"], unique=False)


def downgrade() -> None:
    op.drop_table("person_contacts")
    op.drop_table("case_turns")
    with op.batch_alter_table("cases") as cases:
        cases.drop_column("standing")
