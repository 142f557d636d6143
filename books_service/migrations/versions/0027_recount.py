"""Recounts that were asked for."""

from alembic import op

from shared.persistence.migrating.making import create_recounts

revision = "0027"
down_revision = "0026"


def upgrade() -> None:
    create_recounts()


def downgrade() -> None:
    op.drop_table("recounts")
