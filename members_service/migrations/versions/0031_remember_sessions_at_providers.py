"""By which session at a provider somebody signed in; and what is taken once holds logout tokens, too."""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"

_INDEX = "ix_sessions_session_there"
_TABLES = ("authorization_codes", "sessions")
_NOW = "What was signed and is taken once: assertions of clients, and logout tokens of providers."
_BEFORE = "Signed assertions by which clients have proved who they are: each is taken once."


def _say(comment: str, *, instead_of: str) -> None:
    if op.get_bind().dialect.supports_comments:
        op.create_table_comment("used_assertions", comment, existing_comment=instead_of)


def upgrade() -> None:
    comment = "Digest of the session at the provider by which somebody signed in."
    for table in _TABLES:
        op.add_column(table, sa.Column("session_there", sa.LargeBinary(32), comment=comment))
    there = sa.text("session_there IS NOT NULL")
    op.create_index(_INDEX, "sessions", ["session_there"], postgresql_where=there, sqlite_where=there)
    _say(_NOW, instead_of=_BEFORE)


def downgrade() -> None:
    _say(_BEFORE, instead_of=_NOW)
    op.drop_index(_INDEX, "sessions")
    for table in _TABLES:
        op.drop_column(table, "session_there")
