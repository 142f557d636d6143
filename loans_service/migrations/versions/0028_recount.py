"""Recounts that were asked for."""

from alembic import op

from shared.persistence.migrating.making import create_recounts

revision = "0028"
down_revision = "0027"


def upgrade() -> None:
    create_recounts()


def downgrade() -> None:
    op.drop_table("recounts")
