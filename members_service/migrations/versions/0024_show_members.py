"""Photographs of members."""

import sqlalchemy as sa
from alembic import op

from shared.persistence.types import UtcDateTime

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    op.create_table(
        "photos",
        sa.Column("member_id", sa.Uuid, sa.ForeignKey("members.member_id"), primary_key=True),
        sa.Column("media_type", sa.String(20), nullable=False),
        sa.Column("picture", sa.Text, nullable=False, comment="Sealed, in Base64; see data_keys."),
        sa.Column("taken_at", UtcDateTime, nullable=False),
        comment="By which a desk knows whom a card belongs to.",
    )


def downgrade() -> None:
    op.drop_table("photos")
