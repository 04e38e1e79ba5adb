"""Requests, people, cases with verification and journeys, consents, claims."""

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
        sa.Column("code_name", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("request_id", sa.String(length=32), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_by", sa.String(length=32), nullable=False),
        sa.Column("triage", sa.LargeBinary(), nullable=True),
        sa.Column("plan", sa.LargeBinary(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cases")),
        sa.UniqueConstraint("code_name", name=op.f("uq_cases_code_name")),
        sa.UniqueConstraint("request_id", name=op.f("uq_cases_request_id")),
    )
    op.create_table(
        "claims",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("topic", sa.String(length=40), nullable=False),
        sa.Column("qualifier", sa.String(length=12), nullable=False),
        sa.Column("value", sa.Integer(), nullable=False),
        sa.Column("definition", sa.Text(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("verified", sa.Boolean(), nullable=False),
        sa.Column("recorded_by", sa.String(length=32), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claims")),
    )
    op.create_index(op.f("ix_claims_topic_as_of_id"), "claims", ["topic", "as_of", "id"], unique=False)
    op.create_table(
        "consents",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("slot", sa.LargeBinary(length=32), nullable=False),
        sa.Column("live", sa.Boolean(), nullable=False),
        sa.Column("terms", sa.LargeBinary(), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consents")),
    )
    op.create_index(op.f("ix_consents_case_id"), "consents", ["case_id"], unique=False)
    op.create_index(
        "ix_consents_one_live",
        "consents",
        ["slot"],
        unique=True,
        sqlite_where=sa.text("live"),
        postgresql_where=sa.text("live"),
    )
    op.create_table(
        "journeys",
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("intake", sa.String(length=16), nullable=True),
        sa.Column("shelter", sa.String(length=16), nullable=True),
        sa.Column("clearance", sa.String(length=16), nullable=True),
        sa.Column("travel", sa.String(length=16), nullable=True),
        sa.Column("pathway", sa.String(length=16), nullable=True),
        sa.Column("settling", sa.String(length=16), nullable=True),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_journeys")),
    )
    op.create_index(op.f("ix_journeys_case_id"), "journeys", ["case_id"], unique=False)
    op.create_table(
        "people",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("principal", sa.Boolean(), nullable=False),
        sa.Column("facts", sa.LargeBinary(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_people")),
    )
    op.create_index(op.f("ix_people_case_id_place"), "people", ["case_id", "place"], unique=False)
    op.create_table(
        "requests",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("referral_id", sa.String(length=32), nullable=True),
        sa.Column("merged_into", sa.String(length=32), nullable=True),
        sa.Column("case_id", sa.String(length=32), nullable=True),
        sa.Column("telling", sa.LargeBinary(), nullable=False),
        sa.Column("urgency", sa.LargeBinary(), nullable=False),
        sa.Column("contact", sa.LargeBinary(length=32), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_requests")),
        sa.UniqueConstraint("referral_id", name=op.f("uq_requests_referral_id")),
    )
    op.create_index(op.f("ix_requests_contact"), "requests", ["contact"], unique=False)
    op.create_index(op.f("ix_requests_merged_into"), "requests", ["merged_into"], unique=False)
    op.create_index(op.f("ix_requests_state_id"), "requests", ["state", "id"], unique=False)
    op.create_table(
        "verification_items",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("finding", sa.LargeBinary(), nullable=False),
        sa.Column("recorded_by", sa.String(length=32), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_verification_items")),
    )
    op.create_index(op.f("ix_verification_items_case_id"), "verification_items", ["case_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_verification_items_case_id"), table_name="verification_items")
    op.drop_table("verification_items")
    op.drop_index(op.f("ix_requests_state_id"), table_name="requests")
    op.drop_index(op.f("ix_requests_merged_into"), table_name="requests")
    op.drop_index(op.f("ix_requests_contact"), table_name="requests")
    op.drop_table("requests")
    op.drop_index(op.f("ix_people_case_id_place"), table_name="people")
    op.drop_table("people")
    op.drop_index(op.f("ix_journeys_case_id"), table_name="journeys")
    op.drop_table("journeys")
    op.drop_index(
        "ix_consents_one_live", table_name="consents", sqlite_where=sa.text("live"), postgresql_where=sa.text("live")
    )
    op.drop_index(op.f("ix_consents_case_id"), table_name="consents")
    op.drop_table("consents")
    op.drop_index(op.f("ix_claims_topic_as_of_id"), table_name="claims")
    op.drop_table("claims")
    op.drop_table("cases")
