"""Second factors of accounts, how a session was signed in to, and an index for the list of open sessions."""

import sqlalchemy as sa
from alembic import op

from shared.persistence.types import UtcDateTime

revision = "0007"
down_revision = "0006"

_GOES_ON = sa.text("ended_at IS NULL")
_ASKED_FOR = ("accounts", "sessions", "authorization_codes")


def upgrade() -> None:
    op.create_table(
        "second_factors",
        sa.Column(
            "account_id",
            sa.Uuid,
            sa.ForeignKey("accounts.account_id", name="fk_second_factors_account_id"),
            primary_key=True,
        ),
        sa.Column("secret", sa.Text, nullable=False, comment="Sealed; see data_keys."),
        sa.Column("offered_at", UtcDateTime, nullable=False),
        sa.Column("last_step", sa.BigInteger, nullable=False, comment="The time step of the code that was used last."),
        sa.Column("wrong_codes", sa.Integer, nullable=False),
        sa.Column("recovery_digests", sa.String(1000), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        comment="Authenticator apps; one that was offered and not confirmed counts for nothing.",
    )
    for table in _ASKED_FOR:
        op.add_column(table, sa.Column("second_factor", sa.Boolean, nullable=False, server_default=sa.false()))
    op.create_index(
        "ix_sessions_open",
        "sessions",
        ["account_id", "started_at", "sid"],
        postgresql_where=_GOES_ON,
        sqlite_where=_GOES_ON,
    )


def downgrade() -> None:
    op.drop_index("ix_sessions_open", "sessions")
    for table in _ASKED_FOR:
        with op.batch_alter_table(table) as batch:
            batch.drop_column("second_factor")
    op.drop_table("second_factors")
