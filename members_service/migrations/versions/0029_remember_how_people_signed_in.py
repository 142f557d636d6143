"""How the owner of a session has proved who it is, as access tokens tell it."""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"

_TABLES = ("authorization_codes", "sessions")


def upgrade() -> None:
    for table in _TABLES:
        op.add_column(table, sa.Column("methods", sa.String(40), comment="By the names of RFC 8176."))


def downgrade() -> None:
    for table in _TABLES:
        op.drop_column(table, "methods")
