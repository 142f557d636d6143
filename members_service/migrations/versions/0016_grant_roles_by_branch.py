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


_KNOWN_BEFORE = {"member", "librarian", "admin"}


def downgrade() -> None:
    _take_what_would_grow()
    op.drop_table("grants")
    op.drop_table("roles")
    op.drop_index("ix_accounts_staff", "accounts")


def _take_what_would_grow() -> None:
    """Take the roles that would count everywhere without their bounds, and those that did not exist before.

    An account that is left without any is disabled.
    """
    accounts = sa.table("accounts", sa.column("account_id"), sa.column("roles"), sa.column("disabled"))
    grants = sa.table("grants", sa.column("account_id"), sa.column("role"))
    connection = op.get_bind()
    bounded = {(row.account_id, row.role) for row in connection.execute(sa.select(grants))}
    for row in connection.execute(sa.select(accounts).where(accounts.c.roles != "member")).all():
        had = row.roles.split()
        roles = [role for role in had if role in _KNOWN_BEFORE and (row.account_id, role) not in bounded]
        if roles != had:
            values = {"roles": " ".join(roles)} if roles else {"roles": "member", "disabled": True}
            connection.execute(sa.update(accounts).where(accounts.c.account_id == row.account_id).values(**values))
