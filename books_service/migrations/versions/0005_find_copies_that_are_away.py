"""Lending compares the copies that are away with its own records; there are few of them among many."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_AWAY = sa.text("availability <> 'available'")


def upgrade() -> None:
    op.create_index("ix_circulation_away", "circulation", ["copy_id"], postgresql_where=_AWAY, sqlite_where=_AWAY)


def downgrade() -> None:
    op.drop_index("ix_circulation_away", "circulation")
