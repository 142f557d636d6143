"""Authorization codes, used client assertions, and names by which access tokens can be revoked."""

import secrets

import sqlalchemy as sa
from alembic import op

from shared.persistence.types import UtcDateTime

revision = "0002"
down_revision = "0001"

_NEW = ("sid", "parent_digest", "salt", "refreshed_at")


def upgrade() -> None:
    _name_sessions()
    op.create_table(
        "revoked_sids",
        sa.Column("sid", sa.String(43), primary_key=True),
        sa.Column("revoked_at", UtcDateTime, nullable=False),
        comment="Access tokens with these names are void; kept for longer than an access token lasts.",
    )
    op.create_index("ix_revoked_sids_revoked_at", "revoked_sids", ["revoked_at", "sid"])
    op.create_table(
        "authorization_codes",
        sa.Column("digest", sa.LargeBinary(32), primary_key=True),
        sa.Column(
            "account_id",
            sa.Uuid,
            sa.ForeignKey("accounts.account_id", name="fk_authorization_codes_account_id"),
            nullable=False,
        ),
        sa.Column("client_id", sa.String(100), nullable=False),
        sa.Column("redirect_uri", sa.Text, nullable=False),
        sa.Column("challenge", sa.String(43), nullable=False),
        sa.Column("requested", sa.String(1000)),
        sa.Column("expires_at", UtcDateTime, nullable=False),
        sa.Column("session_id", sa.Uuid),
    )
    op.create_index("ix_authorization_codes_account_id", "authorization_codes", ["account_id"])
    op.create_index("ix_authorization_codes_expires_at", "authorization_codes", ["expires_at"])
    op.create_table(
        "used_assertions",
        sa.Column("digest", sa.LargeBinary(32), primary_key=True),
        sa.Column("expires_at", UtcDateTime, nullable=False),
        comment="Signed assertions by which clients have proved who they are: each is taken once.",
    )
    op.create_index("ix_used_assertions_expires_at", "used_assertions", ["expires_at"])


def _name_sessions() -> None:
    op.add_column("sessions", sa.Column("sid", sa.String(43)))
    op.add_column("sessions", sa.Column("parent_digest", sa.LargeBinary(32)))
    op.add_column("sessions", sa.Column("salt", sa.String(43)))
    op.add_column("sessions", sa.Column("refreshed_at", UtcDateTime))
    sessions = sa.table(
        "sessions",
        sa.column("session_id", sa.Uuid),
        sa.column("sid"),
        sa.column("started_at"),
        sa.column("refreshed_at"),
    )
    connection = op.get_bind()
    for session_id in connection.execute(sa.select(sessions.c.session_id)).scalars().all():
        named = {"sid": secrets.token_urlsafe(16), "refreshed_at": sessions.c.started_at}
        connection.execute(sa.update(sessions).where(sessions.c.session_id == session_id).values(named))
    with op.batch_alter_table("sessions") as batch:
        batch.alter_column("sid", existing_type=sa.String(43), nullable=False)
        batch.alter_column("refreshed_at", existing_type=UtcDateTime, nullable=False)
        batch.create_unique_constraint("uq_sessions_sid", ["sid"])


def downgrade() -> None:
    for table in ("used_assertions", "authorization_codes", "revoked_sids"):
        op.drop_table(table)
    with op.batch_alter_table("sessions") as batch:
        batch.drop_constraint("uq_sessions_sid", type_="unique")
        for column in _NEW:
            batch.drop_column(column)
