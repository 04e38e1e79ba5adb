"""Newcomers, programmes with submissions, other ways, outcomes and disclosures, receptions, plans with needs."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "newcomer_cases",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_newcomer_cases")),
    )
    op.create_table(
        "newcomers",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("facts", sa.LargeBinary(), nullable=False),
        sa.Column("consents", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_newcomers")),
    )
    op.create_index(op.f("ix_newcomers_case_id_place"), "newcomers", ["case_id", "place"], unique=False)
    op.create_table(
        "outcomes",
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.Column("figure", sa.String(length=32), nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("reached_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("counted", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("person_id", "figure", name=op.f("pk_outcomes")),
    )
    op.create_index(op.f("ix_outcomes_figure_reached_at"), "outcomes", ["figure", "reached_at"], unique=False)
    op.create_table(
        "pathways",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("terms", sa.LargeBinary(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pathways")),
    )
    op.create_index(op.f("ix_pathways_case_id"), "pathways", ["case_id"], unique=False)
    op.create_table(
        "plans",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plans")),
    )
    op.create_index(op.f("ix_plans_case_id"), "plans", ["case_id"], unique=False)
    op.create_index(
        "ix_plans_one_open",
        "plans",
        ["person_id"],
        unique=True,
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_table(
        "programmes",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.LargeBinary(), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("seal", sa.String(length=16), nullable=False),
        sa.Column("places", sa.Integer(), nullable=False),
        sa.Column("held", sa.Integer(), nullable=False),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("held >= 0 AND used >= 0 AND held + used <= places", name=op.f("ck_programmes_quota")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_programmes")),
    )
    op.create_table(
        "receptions",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("journey_id", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("country", sa.LargeBinary(), nullable=True),
        sa.Column("arrived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("escort_by", sa.String(length=32), nullable=True),
        sa.Column("reception_by", sa.String(length=32), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_receptions")),
        sa.UniqueConstraint("journey_id", name=op.f("uq_receptions_journey_id")),
    )
    op.create_index(op.f("ix_receptions_case_id"), "receptions", ["case_id"], unique=False)
    op.create_table(
        "disclosures",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("programme_id", sa.String(length=32), nullable=False),
        sa.Column("approval_id", sa.String(length=32), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("proposed_by", sa.String(length=32), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["programme_id"], ["programmes.id"], name=op.f("fk_disclosures_programme_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disclosures")),
    )
    op.create_index(op.f("ix_disclosures_programme_id"), "disclosures", ["programme_id"], unique=False)
    op.create_table(
        "needs",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("plan_id", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["plan_id"], ["plans.id"], name=op.f("fk_needs_plan_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_needs")),
    )
    op.create_index(op.f("ix_needs_plan_id"), "needs", ["plan_id"], unique=False)
    op.create_table(
        "pathway_persons",
        sa.Column("pathway_id", sa.String(length=32), nullable=False),
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["pathway_id"], ["pathways.id"], name=op.f("fk_pathway_persons_pathway_id")),
        sa.PrimaryKeyConstraint("pathway_id", "person_id", name=op.f("pk_pathway_persons")),
    )
    op.create_index(op.f("ix_pathway_persons_person_id"), "pathway_persons", ["person_id"], unique=False)
    op.create_table(
        "programme_staff",
        sa.Column("programme_id", sa.String(length=32), nullable=False),
        sa.Column("actor_id", sa.String(length=32), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["programme_id"], ["programmes.id"], name=op.f("fk_programme_staff_programme_id")),
        sa.PrimaryKeyConstraint("programme_id", "actor_id", name=op.f("pk_programme_staff")),
    )
    op.create_index(op.f("ix_programme_staff_actor_id"), "programme_staff", ["actor_id"], unique=False)
    op.create_table(
        "reception_persons",
        sa.Column("reception_id", sa.String(length=32), nullable=False),
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["reception_id"], ["receptions.id"], name=op.f("fk_reception_persons_reception_id")),
        sa.PrimaryKeyConstraint("reception_id", "person_id", name=op.f("pk_reception_persons")),
    )
    op.create_index(op.f("ix_reception_persons_person_id"), "reception_persons", ["person_id"], unique=False)
    op.create_table(
        "submissions",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("programme_id", sa.String(length=32), nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("queued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("entry", sa.LargeBinary(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["programme_id"], ["programmes.id"], name=op.f("fk_submissions_programme_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_submissions")),
    )
    op.create_index(op.f("ix_submissions_case_id"), "submissions", ["case_id"], unique=False)
    op.create_index(
        op.f("ix_submissions_programme_id_state_queued_at_id"),
        "submissions",
        ["programme_id", "state", "queued_at", "id"],
        unique=False,
    )
    op.create_table(
        "released_figures",
        sa.Column("disclosure_id", sa.String(length=32), nullable=False),
        sa.Column("figure", sa.String(length=32), nullable=False),
        sa.Column("programme_id", sa.String(length=32), nullable=False),
        sa.Column("value", sa.Integer(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["disclosure_id"], ["disclosures.id"], name=op.f("fk_released_figures_disclosure_id")),
        sa.PrimaryKeyConstraint("disclosure_id", "figure", name=op.f("pk_released_figures")),
    )
    op.create_index(op.f("ix_released_figures_programme_id"), "released_figures", ["programme_id"], unique=False)
    op.create_table(
        "submission_persons",
        sa.Column("submission_id", sa.String(length=32), nullable=False),
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["submission_id"], ["submissions.id"], name=op.f("fk_submission_persons_submission_id")
        ),
        sa.PrimaryKeyConstraint("submission_id", "person_id", name=op.f("pk_submission_persons")),
    )
    op.create_index(op.f("ix_submission_persons_person_id"), "submission_persons", ["person_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_submission_persons_person_id"), table_name="submission_persons")
    op.drop_table("submission_persons")
    op.drop_index(op.f("ix_released_figures_programme_id"), table_name="released_figures")
    op.drop_table("released_figures")
    op.drop_index(op.f("ix_submissions_programme_id_state_queued_at_id"), table_name="submissions")
    op.drop_index(op.f("ix_submissions_case_id"), table_name="submissions")
    op.drop_table("submissions")
    op.drop_index(op.f("ix_reception_persons_person_id"), table_name="reception_persons")
    op.drop_table("reception_persons")
    op.drop_index(op.f("ix_programme_staff_actor_id"), table_name="programme_staff")
    op.drop_table("programme_staff")
    op.drop_index(op.f("ix_pathway_persons_person_id"), table_name="pathway_persons")
    op.drop_table("pathway_persons")
    op.drop_index(op.f("ix_needs_plan_id"), table_name="needs")
    op.drop_table("needs")
    op.drop_index(op.f("ix_disclosures_programme_id"), table_name="disclosures")
    op.drop_table("disclosures")
    op.drop_index(op.f("ix_receptions_case_id"), table_name="receptions")
    op.drop_table("receptions")
    op.drop_table("programmes")
    op.drop_index(
        "ix_plans_one_open",
        table_name="plans",
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )
    op.drop_index(op.f("ix_plans_case_id"), table_name="plans")
    op.drop_table("plans")
    op.drop_index(op.f("ix_pathways_case_id"), table_name="pathways")
    op.drop_table("pathways")
    op.drop_index(op.f("ix_outcomes_figure_reached_at"), table_name="outcomes")
    op.drop_table("outcomes")
    op.drop_index(op.f("ix_newcomers_case_id_place"), table_name="newcomers")
    op.drop_table("newcomers")
    op.drop_table("newcomer_cases")
