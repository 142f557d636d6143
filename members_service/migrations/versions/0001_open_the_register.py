"""Members and their blocks, accounts and sessions, tries to sign in, and the tables that carry events and receipts."""

import sqlalchemy as sa
from alembic import op

from shared.persistence.types import BigNumber, UtcDateTime

revision = "0001"
down_revision = None

_SUSPENDED = sa.text("suspension_reason IS NOT NULL")
_LEAVING = sa.text("leaving_since IS NOT NULL")


def upgrade() -> None:
    _create_members()
    _create_accounts()
    _create_attempts()
    _create_plumbing()


def downgrade() -> None:
    attempts, plumbing = ("familiar_networks", "sign_in_tries"), ("receipts", "inbox", "outbox")
    for table in (*plumbing, *attempts, "sessions", "accounts", "blocks", "members"):
        op.drop_table(table)


def _create_members() -> None:
    op.create_table(
        "members",
        sa.Column("member_id", sa.Uuid, primary_key=True),
        sa.Column("card_number", sa.String(32), nullable=False),
        sa.Column("card_key", sa.String(32), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("email", sa.Text, nullable=False),
        sa.Column("email_key", sa.Text, nullable=False),
        sa.Column("category", sa.String(20), nullable=False),
        sa.Column("expires_on", sa.Date, nullable=False),
        sa.Column("suspension_reason", sa.Text),
        sa.Column("suspended_until", sa.Date),
        sa.Column("leaving_since", UtcDateTime),
        sa.Column("language", sa.String(35)),
        sa.Column("details", sa.Text, nullable=False),
        sa.Column("joined_at", UtcDateTime, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.UniqueConstraint("card_key", name="uq_members_card_key"),
        sa.UniqueConstraint("email_key", name="uq_members_email_key"),
    )
    op.create_index("ix_members_category", "members", ["category", "member_id"])
    op.create_index("ix_members_expires_on", "members", ["expires_on", "member_id"])
    for index, rows in (("ix_members_suspended", _SUSPENDED), ("ix_members_leaving", _LEAVING)):
        op.create_index(index, "members", ["member_id"], postgresql_where=rows, sqlite_where=rows)
    op.create_table(
        "blocks",
        sa.Column("block_id", sa.Uuid, primary_key=True),
        sa.Column("member_id", sa.Uuid, sa.ForeignKey("members.member_id", name="fk_blocks_member_id"), nullable=False),
        sa.Column("action", sa.String(20), nullable=False),
        sa.Column("until", sa.Date),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("placed_at", UtcDateTime, nullable=False),
    )
    op.create_index("ix_blocks_member_id", "blocks", ["member_id"])


def _create_accounts() -> None:
    op.create_table(
        "accounts",
        sa.Column("account_id", sa.Uuid, primary_key=True),
        sa.Column("email", sa.Text, nullable=False),
        sa.Column("email_key", sa.Text, nullable=False),
        sa.Column("roles", sa.String(100), nullable=False),
        sa.Column("member_id", sa.Uuid, sa.ForeignKey("members.member_id", name="fk_accounts_member_id")),
        sa.Column("password_hash", sa.Text),
        sa.Column("activation_digest", sa.LargeBinary(32)),
        sa.Column("activation_expires_at", UtcDateTime),
        sa.Column("disabled", sa.Boolean, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.UniqueConstraint("email_key", name="uq_accounts_email_key"),
        sa.UniqueConstraint("activation_digest", name="uq_accounts_activation_digest"),
    )
    op.create_index("ix_accounts_roles", "accounts", ["roles"])
    op.create_index("ix_accounts_member_id", "accounts", ["member_id"])
    account = sa.ForeignKey("accounts.account_id", name="fk_sessions_account_id")
    op.create_table(
        "sessions",
        sa.Column("session_id", sa.Uuid, primary_key=True),
        sa.Column("account_id", sa.Uuid, account, nullable=False),
        sa.Column("client_id", sa.String(100), nullable=False),
        sa.Column("requested", sa.String(1000)),
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("started_at", UtcDateTime, nullable=False),
        sa.Column("ends_at", UtcDateTime, nullable=False),
        sa.Column("idle_until", UtcDateTime, nullable=False),
        sa.Column("ended_at", UtcDateTime),
        sa.Column("version", sa.Integer, nullable=False),
    )
    op.create_index("ix_sessions_account_id", "sessions", ["account_id"])
    op.create_index("ix_sessions_idle_until", "sessions", ["idle_until"])


def _create_attempts() -> None:
    op.create_table(
        "sign_in_tries",
        sa.Column("slot", sa.LargeBinary(32), primary_key=True),
        sa.Column("spent_until", sa.BigInteger, nullable=False),
        comment="Until when, in ms since 1970, the tries of a slot are used up at the pace at which they come back.",
    )
    op.create_index("ix_sign_in_tries_spent_until", "sign_in_tries", ["spent_until"])
    op.create_table(
        "familiar_networks",
        sa.Column("slot", sa.LargeBinary(32), primary_key=True),
        sa.Column("seen_at", UtcDateTime, nullable=False),
        comment="From where each account has signed in lately; a slot is the digest of both.",
    )
    op.create_index("ix_familiar_networks_seen_at", "familiar_networks", ["seen_at"])


def _create_plumbing() -> None:
    op.create_table(
        "outbox",
        sa.Column("sequence", BigNumber, primary_key=True, autoincrement=True),
        sa.Column("event_id", sa.Uuid, nullable=False),
        sa.Column("type", sa.String(100), nullable=False),
        sa.Column("subject", sa.String(100), nullable=False),
        sa.Column("occurred_at", UtcDateTime, nullable=False),
        sa.Column("data", sa.JSON, nullable=False),
        sa.Column("correlation_id", sa.String(100)),
        sa.Column("traceparent", sa.String(60)),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "inbox",
        sa.Column("listener", sa.String(60), primary_key=True),
        sa.Column("message_id", sa.String(100), primary_key=True),
        sa.Column("seen_at", UtcDateTime, nullable=False),
    )
    op.create_index("ix_inbox_seen_at", "inbox", ["seen_at"])
    op.create_table(
        "receipts",
        sa.Column("slot", sa.LargeBinary(32), primary_key=True),
        sa.Column("fingerprint", sa.LargeBinary(32), nullable=False),
        sa.Column("answer", sa.LargeBinary, nullable=False),
        sa.Column("kept_at", UtcDateTime, nullable=False),
    )
    op.create_index("ix_receipts_kept_at", "receipts", ["kept_at"])
