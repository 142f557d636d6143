"""Those who want to join, and have said so online."""

import sqlalchemy as sa
from alembic import op

from shared.persistence.types import UtcDateTime

revision = "0026"
down_revision = "0025"


def upgrade() -> None:
    op.create_table(
        "applications",
        sa.Column("application_id", sa.Uuid, primary_key=True),
        sa.Column("applied_at", UtcDateTime, nullable=False),
        sa.Column("confirmed_at", UtcDateTime),
        sa.Column("token_hash", sa.LargeBinary, nullable=False, unique=True),
        sa.Column("applicant", sa.Text, nullable=False, comment="Sealed; see data_keys."),
        comment="Those who want to join and have said so online, until the desk decides.",
    )
    op.create_index("ix_applications_applied_at", "applications", ["applied_at"])


def downgrade() -> None:
    op.drop_table("applications")
