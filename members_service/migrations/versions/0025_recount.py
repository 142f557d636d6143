"""Recounts that were asked for."""

from alembic import op

from shared.persistence.migrating.making import create_recounts

revision = "0025"
down_revision = "0024"


def upgrade() -> None:
    create_recounts()


def downgrade() -> None:
    op.drop_table("recounts")
