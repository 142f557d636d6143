"""Roles as data, and how far the roles of accounts go."""

import sqlalchemy as sa
from alembic import op

from shared.persistence.types import UtcDateTime

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    more = sa.text("roles != 'member'")
    op.create_index("ix_accounts_staff", "accounts", ["account_id"], postgresql_where=more, sqlite_where=more)
    op.create_table(
        "roles",
        sa.Column("name", sa.String(40), primary_key=True),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("rights", sa.String(2000), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        comment="Roles of the library's own, and what it has made of shipped ones.",
    )
    op.create_table(
        "grants",
        sa.Column("account_id", sa.Uuid, sa.ForeignKey("accounts.account_id"), primary_key=True),
        sa.Column("role", sa.String(40), primary_key=True),
        sa.Column("branches", sa.Text, comment="Codes in capitals, with spaces between; all branches if null."),
        sa.Column("until", UtcDateTime),
        comment="How far roles of accounts go; one without a row counts in all branches, for good.",
    )


def downgrade() -> None:
    op.drop_table("grants")
    op.drop_table("roles")
    op.drop_index("ix_accounts_staff", "accounts")
