"""Claims: who verified a number and how, errata behind them, versions of definitions."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

_CLAIMS = sa.table(
    "claims",
    sa.column("id", sa.String()),
    sa.column("topic", sa.String()),
    sa.column("definition", sa.Text()),
    sa.column("definition_version", sa.Integer()),
    sa.column("recorded_at", sa.DateTime(timezone=True)),
)
_DEFINITIONS = sa.table(
    "claim_definitions",
    sa.column("topic", sa.String()),
    sa.column("number", sa.Integer()),
    sa.column("definition", sa.Text()),
)


def upgrade() -> None:
    op.create_table(
        "claim_errata",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("claim_id", sa.String(length=32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("qualifier", sa.String(length=12), nullable=False),
        sa.Column("value", sa.Integer(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claim_errata")),
    )
    op.create_index(op.f("ix_claim_errata_number"), "claim_errata", ["claim_id", "number"], unique=True)
    op.create_table(
        "claim_definitions",
        sa.Column("topic", sa.String(length=40), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("definition", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("topic", "number", name=op.f("pk_claim_definitions")),
    )
    with op.batch_alter_table("claims") as claims:
        claims.add_column(sa.Column("definition_version", sa.Integer(), nullable=False, server_default="1"))
        claims.add_column(sa.Column("verified_by", sa.String(length=32), nullable=True))
        claims.add_column(sa.Column("verified_how", sa.Text(), nullable=True))
        claims.add_column(sa.Column("verified_at", sa.DateTime(timezone=True), nullable=True))
        claims.add_column(sa.Column("version", sa.Integer(), nullable=False, server_default="1"))
    _number_definitions()
    with op.batch_alter_table("claims") as claims:
        claims.alter_column("definition_version", server_default=None)
        claims.alter_column("version", server_default=None)


def _number_definitions() -> None:
    """The different definitions of a topic become its versions, in the order in which they came up."""
    known: dict[str, list[str]] = {}
    rows = op.get_bind().execute(sa.select(_CLAIMS).order_by(_CLAIMS.c.recorded_at, _CLAIMS.c.id)).all()
    for row in rows:
        versions = known.setdefault(row.topic, [])
        if row.definition not in versions:
            versions.append(row.definition)
            values = {"topic": row.topic, "number": len(versions), "definition": row.definition}
            op.execute(sa.insert(_DEFINITIONS).values(values))
        number = versions.index(row.definition) + 1
        op.execute(sa.update(_CLAIMS).where(_CLAIMS.c.id == row.id).values(definition_version=number))


def downgrade() -> None:
    with op.batch_alter_table("claims") as claims:
        for column in ("version", "verified_at", "verified_how", "verified_by", "definition_version"):
            claims.drop_column(column)
    op.drop_table("claim_definitions")
    op.drop_index(op.f("ix_claim_errata_number"), table_name="claim_errata")
    op.drop_table("claim_errata")
