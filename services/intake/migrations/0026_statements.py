"""Statements with their words, uses, masks, evidence and chains of custody."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def _id(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(length=32), nullable=nullable)


def _box(name: str) -> sa.Column[bytes]:
    return sa.Column(name, sa.LargeBinary(), nullable=False)


def _at(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=False)


def upgrade() -> None:
    op.create_table(
        "statements",
        _id("id"),
        _id("case_id"),
        _id("person_id", nullable=True),
        _box("interview"),
        _id("taken_by"),
        _at("taken_at"),
        _number("version"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_statements")),
    )
    op.create_index(op.f("ix_statements_case_id"), "statements", ["case_id"])
    op.create_index(op.f("ix_statements_person_id"), "statements", ["person_id"])
    op.create_table(
        "statement_words",
        _id("id"),
        _id("statement_id"),
        _number("number"),
        _box("said"),
        _id("written_by"),
        _at("written_at"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_statement_words")),
    )
    op.create_index(op.f("ix_statement_words_number"), "statement_words", ["statement_id", "number"], unique=True)
    op.create_table(
        "use_consents",
        _id("id"),
        _id("statement_id"),
        _box("terms"),
        _at("given_at"),
        _at("withdrawn_at", nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_use_consents")),
    )
    op.create_index(op.f("ix_use_consents_statement_id"), "use_consents", ["statement_id"])
    op.create_table(
        "maskings",
        _id("id"),
        _id("statement_id"),
        _id("case_id"),
        _number("number"),
        _box("spans"),
        _id("set_by"),
        _at("set_at"),
        _id("approval_id", nullable=True),
        sa.Column("stands_since", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_maskings")),
    )
    op.create_index(op.f("ix_maskings_statement_id"), "maskings", ["statement_id"])
    op.create_table(
        "evidence",
        _id("id"),
        _id("statement_id"),
        _id("case_id"),
        _box("facts"),
        _id("file_id", nullable=True),
        _id("copy_of", nullable=True),
        _at("added_at"),
        _number("version"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evidence")),
    )
    op.create_index(op.f("ix_evidence_statement_id"), "evidence", ["statement_id"])
    op.create_table(
        "custody",
        _id("evidence_id"),
        _number("number"),
        _box("entry"),
        sa.PrimaryKeyConstraint("evidence_id", "number", name=op.f("pk_custody")),
    )


def downgrade() -> None:
    op.drop_table("custody")
    op.drop_index(op.f("ix_evidence_statement_id"), table_name="evidence")
    op.drop_table("evidence")
    op.drop_index(op.f("ix_maskings_statement_id"), table_name="maskings")
    op.drop_table("maskings")
    op.drop_index(op.f("ix_use_consents_statement_id"), table_name="use_consents")
    op.drop_table("use_consents")
    op.drop_index(op.f("ix_statement_words_number"), table_name="statement_words")
    op.drop_table("statement_words")
    op.drop_index(op.f("ix_statements_person_id"), table_name="statements")
    op.drop_index(op.f("ix_statements_case_id"), table_name="statements")
    op.drop_table("statements")
