"""Travellers, houses and stays, papers, journeys with legs, and splits."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "cases",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cases")),
    )
    op.create_table(
        "consents",
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.Column("purpose", sa.LargeBinary(length=32), nullable=False),
        sa.Column("terms", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("person_id", "purpose", name=op.f("pk_consents")),
    )
    op.create_table(
        "documents",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("facts", sa.LargeBinary(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_documents")),
    )
    op.create_index(op.f("ix_documents_person_id"), "documents", ["person_id"], unique=False)
    op.create_table(
        "entry_clearances",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("terms", sa.LargeBinary(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cleared_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entry_clearances")),
    )
    op.create_index(op.f("ix_entry_clearances_person_id"), "entry_clearances", ["person_id"], unique=False)
    op.create_table(
        "houses",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("code_name", sa.String(length=40), nullable=False),
        sa.Column("region", sa.String(length=40), nullable=False),
        sa.Column("beds", sa.Integer(), nullable=False),
        sa.Column("max_cases", sa.Integer(), nullable=False),
        sa.Column("keeper_id", sa.String(length=32), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("address", sa.LargeBinary(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_houses")),
        sa.UniqueConstraint("code_name", name=op.f("uq_houses_code_name")),
    )
    op.create_index(op.f("ix_houses_keeper_id"), "houses", ["keeper_id"], unique=False)
    op.create_table(
        "journeys",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("terms", sa.LargeBinary(), nullable=False),
        sa.Column("planned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("departed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("arrived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_journeys")),
    )
    op.create_index(op.f("ix_journeys_case_id"), "journeys", ["case_id"], unique=False)
    op.create_table(
        "people",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("facts", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_people")),
    )
    op.create_index(op.f("ix_people_case_id"), "people", ["case_id"], unique=False)
    op.create_table(
        "splits",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("approval_id", sa.String(length=32), nullable=False),
        sa.Column("reason", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_splits")),
    )
    op.create_index(op.f("ix_splits_case_id"), "splits", ["case_id"], unique=False)
    op.create_table(
        "journey_people",
        sa.Column("journey_id", sa.String(length=32), nullable=False),
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["journey_id"], ["journeys.id"], name=op.f("fk_journey_people_journey_id")),
        sa.PrimaryKeyConstraint("journey_id", "person_id", name=op.f("pk_journey_people")),
    )
    op.create_index(op.f("ix_journey_people_person_id"), "journey_people", ["person_id"], unique=False)
    op.create_table(
        "legs",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("journey_id", sa.String(length=32), nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("places", sa.LargeBinary(), nullable=False),
        sa.Column("departs_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expected_by", sa.DateTime(timezone=True), nullable=False),
        sa.Column("climbed", sa.Integer(), nullable=False),
        sa.Column("checked_in_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("word", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["journey_id"], ["journeys.id"], name=op.f("fk_legs_journey_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_legs")),
        sa.UniqueConstraint("journey_id", "number", name=op.f("uq_legs_journey_id_number")),
    )
    op.create_table(
        "split_people",
        sa.Column("split_id", sa.String(length=32), nullable=False),
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["split_id"], ["splits.id"], name=op.f("fk_split_people_split_id")),
        sa.PrimaryKeyConstraint("split_id", "person_id", name=op.f("pk_split_people")),
    )
    op.create_table(
        "stays",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("house_id", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["house_id"], ["houses.id"], name=op.f("fk_stays_house_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stays")),
    )
    op.create_index(op.f("ix_stays_case_id"), "stays", ["case_id"], unique=False)
    op.create_index(op.f("ix_stays_house_id"), "stays", ["house_id"], unique=False)
    op.create_table(
        "stay_people",
        sa.Column("stay_id", sa.String(length=32), nullable=False),
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.Column("live", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["stay_id"], ["stays.id"], name=op.f("fk_stay_people_stay_id")),
        sa.PrimaryKeyConstraint("stay_id", "person_id", name=op.f("pk_stay_people")),
    )
    op.create_index(
        "ix_stay_people_one_live",
        "stay_people",
        ["person_id"],
        unique=True,
        sqlite_where=sa.text("live"),
        postgresql_where=sa.text("live"),
    )


def downgrade() -> None:
    op.drop_index(
        "ix_stay_people_one_live",
        table_name="stay_people",
        sqlite_where=sa.text("live"),
        postgresql_where=sa.text("live"),
    )
    op.drop_table("stay_people")
    op.drop_index(op.f("ix_stays_house_id"), table_name="stays")
    op.drop_index(op.f("ix_stays_case_id"), table_name="stays")
    op.drop_table("stays")
    op.drop_table("split_people")
    op.drop_table("legs")
    op.drop_index(op.f("ix_journey_people_person_id"), table_name="journey_people")
    op.drop_table("journey_people")
    op.drop_index(op.f("ix_splits_case_id"), table_name="splits")
    op.drop_table("splits")
    op.drop_index(op.f("ix_people_case_id"), table_name="people")
    op.drop_table("people")
    op.drop_index(op.f("ix_journeys_case_id"), table_name="journeys")
    op.drop_table("journeys")
    op.drop_index(op.f("ix_houses_keeper_id"), table_name="houses")
    op.drop_table("houses")
    op.drop_index(op.f("ix_entry_clearances_person_id"), table_name="entry_clearances")
    op.drop_table("entry_clearances")
    op.drop_index(op.f("ix_documents_person_id"), table_name="documents")
    op.drop_table("documents")
    op.drop_table("consents")
    op.drop_table("cases")
