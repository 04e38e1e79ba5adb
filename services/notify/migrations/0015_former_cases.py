"""Former cases of who was erased."""

from shared.database import foundation_former_cases

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    foundation_former_cases.upgrade()


def downgrade() -> None:
    foundation_former_cases.downgrade()
