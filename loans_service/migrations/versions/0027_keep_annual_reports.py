"""What people enter in annual forms, and what was handed in."""

import sqlalchemy as sa
from alembic import op

from shared.persistence.types import UtcDateTime

revision = "0027"
down_revision = "0026"


def upgrade() -> None:
    op.create_table(
        "annual_reports",
        sa.Column("form", sa.String(40), primary_key=True),
        sa.Column("year", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("entries", sa.JSON, nullable=False),
        sa.Column("document", sa.JSON, comment="What was handed in; null until then."),
        sa.Column("frozen_at", UtcDateTime),
        sa.Column("frozen_by", sa.String(100)),
        comment="What people entered in annual forms, and what was handed in.",
    )


def downgrade() -> None:
    op.drop_table("annual_reports")
