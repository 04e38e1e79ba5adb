"""Consents in versions with their proofs, who answered each change, and files beside them.

What was given before stays as it stands; its versions begin with its next change.
"""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "consent_versions",
        sa.Column("consent_id", sa.String(length=32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(length=32), nullable=False),
        sa.Column("said", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("consent_id", "number", name=op.f("pk_consent_versions")),
    )
    op.create_index(op.f("ix_consent_versions_person_id"), "consent_versions", ["person_id"], unique=False)
    op.create_table(
        "consent_changes",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("consent_id", sa.String(length=32), nullable=False),
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent_changes")),
    )
    op.create_index(op.f("ix_consent_changes_consent_id"), "consent_changes", ["consent_id"], unique=False)
    op.create_index(op.f("ix_consent_changes_person_id"), "consent_changes", ["person_id"], unique=False)
    op.create_table(
        "consent_answers",
        sa.Column("change_id", sa.String(length=32), nullable=False),
        sa.Column("service", sa.String(length=16), nullable=False),
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("stands", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("change_id", "service", name=op.f("pk_consent_answers")),
    )
    op.create_index(op.f("ix_consent_answers_person_id"), "consent_answers", ["person_id"], unique=False)
    op.create_table(
        "consent_evidence",
        sa.Column("file_id", sa.String(length=32), nullable=False),
        sa.Column("consent_id", sa.String(length=32), nullable=False),
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("file_id", name=op.f("pk_consent_evidence")),
    )
    op.create_index(op.f("ix_consent_evidence_consent_id"), "consent_evidence", ["consent_id"], unique=True)
    op.create_index(op.f("ix_consent_evidence_person_id"), "consent_evidence", ["person_id"], unique=False)


def downgrade() -> None:
    for table in ("consent_evidence", "consent_answers", "consent_changes", "consent_versions"):
        op.drop_table(table)
