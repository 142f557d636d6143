"""Sessions that begin from a sign-in which a browser keeps."""

import sqlalchemy as sa
from alembic import op

from shared.persistence.types import UtcDateTime

revision = "0004"
down_revision = "0003"

_TABLES = ("sessions", "authorization_codes")
_INDEX = "ix_sessions_parent_id"


def upgrade() -> None:
    for table in _TABLES:
        op.add_column(table, sa.Column("parent_id", sa.Uuid))
        op.add_column(table, sa.Column("signed_in_at", UtcDateTime))
    begun = sa.text("parent_id IS NOT NULL")
    op.create_index(_INDEX, "sessions", ["parent_id"], postgresql_where=begun, sqlite_where=begun)


def downgrade() -> None:
    op.drop_index(_INDEX, "sessions")
    for table in _TABLES:
        op.drop_column(table, "signed_in_at")
        op.drop_column(table, "parent_id")
