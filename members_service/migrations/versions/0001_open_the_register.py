"""Members and their cards, accounts and sessions, tries to sign in, and the tables that carry events and receipts."""

import sqlalchemy as sa
from alembic import op

from shared.persistence.types import BigNumber, UtcDateTime

revision = "0001"
down_revision = None

_TABLES = (
    *("members", "member_words", "cards", "history_entries", "blocks"),
    *("accounts", "second_factors", "sessions", "revoked_sids", "authorization_codes", "used_assertions"),
    *("sign_in_tries", "familiar_networks", "outbox", "inbox", "receipts", "cursor_keys"),
)
_SEALED, _DIGEST = "Sealed; see data_keys.", "A keyed digest."


def upgrade() -> None:
    _create_members()
    _create_cards()
    _create_member_records()
    _create_accounts()
    _create_sessions()
    _create_proofs()
    _create_attempts()
    _create_plumbing()


def downgrade() -> None:
    for table in reversed(_TABLES):
        op.drop_table(table)


def _index(name: str, table: str, *columns: str, where: str | None = None, unique: bool = False) -> None:
    rows = None if where is None else sa.text(where)
    op.create_index(name, table, list(columns), unique=unique, postgresql_where=rows, sqlite_where=rows)


def _no_by_default(name: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean, nullable=False, server_default=sa.false())


def _create_members() -> None:
    op.create_table(
        "members",
        sa.Column("member_id", sa.Uuid, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("email", sa.Text, nullable=False, comment=_SEALED),
        sa.Column("email_key", sa.Text, nullable=False, unique=True, comment=_DIGEST),
        sa.Column("category", sa.String(20), nullable=False),
        sa.Column("expires_on", sa.Date, nullable=False),
        sa.Column("suspension_reason", sa.Text),
        sa.Column("suspended_until", sa.Date),
        sa.Column("leaving_since", UtcDateTime),
        sa.Column("language", sa.String(35)),
        sa.Column("details", sa.Text, nullable=False, comment="Phone, address and date of birth, sealed as a whole."),
        sa.Column("joined_at", UtcDateTime, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("leaving_id", sa.Uuid),
    )
    _index("ix_members_category", "members", "category", "member_id")
    _index("ix_members_expires_on", "members", "expires_on", "member_id")
    _index("ix_members_suspended", "members", "member_id", where="suspension_reason IS NOT NULL")
    _index("ix_members_leaving", "members", "member_id", where="leaving_since IS NOT NULL")
    op.create_table(
        "member_words",
        sa.Column("word", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), primary_key=True),
        sa.Column("member_id", sa.Uuid, sa.ForeignKey("members.member_id"), primary_key=True, index=True),
        comment="The bare words of each name, by whose beginnings members are found.",
    )


def _create_cards() -> None:
    op.create_table(
        "cards",
        sa.Column("card_key", sa.String(32), primary_key=True),
        sa.Column("card_number", sa.String(32), nullable=False),
        sa.Column("member_id", sa.Uuid, sa.ForeignKey("members.member_id"), nullable=False, index=True),
        sa.Column("issued_at", UtcDateTime, nullable=False),
        sa.Column("replaced_at", UtcDateTime),
    )
    _index("uq_cards_working", "cards", "member_id", where="replaced_at IS NULL", unique=True)


def _create_member_records() -> None:
    op.create_table(
        "history_entries",
        sa.Column("happening_id", sa.Uuid, primary_key=True),
        sa.Column(
            "member_id",
            sa.Uuid,
            sa.ForeignKey("members.member_id", name="fk_history_entries_member_id"),
            nullable=False,
        ),
        sa.Column("what", sa.String(20), nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("by", sa.String(100)),
        sa.Column("reason", sa.Text),
        sa.Column("facts", sa.JSON, nullable=False),
    )
    _index("ix_history_entries_member_id", "history_entries", "member_id", "happening_id")
    op.create_table(
        "blocks",
        sa.Column("block_id", sa.Uuid, primary_key=True),
        sa.Column("member_id", sa.Uuid, sa.ForeignKey("members.member_id"), nullable=False, index=True),
        sa.Column("action", sa.String(20), nullable=False),
        sa.Column("until", sa.Date),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("placed_at", UtcDateTime, nullable=False),
    )


def _create_accounts() -> None:
    op.create_table(
        "accounts",
        sa.Column("account_id", sa.Uuid, primary_key=True),
        sa.Column("email", sa.Text, nullable=False, comment=_SEALED),
        sa.Column("email_key", sa.Text, nullable=False, unique=True, comment=_DIGEST),
        sa.Column("roles", sa.String(100), nullable=False, index=True),
        sa.Column("member_id", sa.Uuid, sa.ForeignKey("members.member_id"), index=True),
        sa.Column("password_hash", sa.Text),
        sa.Column("activation_digest", sa.LargeBinary(32), unique=True),
        sa.Column("activation_expires_at", UtcDateTime),
        sa.Column("disabled", sa.Boolean, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        _no_by_default("password_from_desk"),
        sa.Column("activation_from_desk", sa.Boolean),
        _no_by_default("second_factor"),
    )
    op.create_table(
        "second_factors",
        sa.Column("account_id", sa.Uuid, sa.ForeignKey("accounts.account_id"), primary_key=True),
        sa.Column("secret", sa.Text, nullable=False, comment=_SEALED),
        sa.Column("offered_at", UtcDateTime, nullable=False),
        sa.Column("last_step", sa.BigInteger, nullable=False, comment="The time step of the code that was used last."),
        sa.Column("wrong_codes", sa.Integer, nullable=False),
        sa.Column("recovery_digests", sa.String(1000), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        comment="Authenticator apps; one that was offered and not confirmed counts for nothing.",
    )


def _create_sessions() -> None:
    op.create_table(
        "sessions",
        sa.Column("session_id", sa.Uuid, primary_key=True),
        sa.Column("account_id", sa.Uuid, sa.ForeignKey("accounts.account_id"), nullable=False, index=True),
        sa.Column("client_id", sa.String(100), nullable=False),
        sa.Column("requested", sa.String(1000)),
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("started_at", UtcDateTime, nullable=False),
        sa.Column("ends_at", UtcDateTime, nullable=False),
        sa.Column("idle_until", UtcDateTime, nullable=False, index=True),
        sa.Column("ended_at", UtcDateTime),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("sid", sa.String(43), nullable=False, unique=True),
        sa.Column("parent_digest", sa.LargeBinary(32)),
        sa.Column("salt", sa.String(43)),
        sa.Column("refreshed_at", UtcDateTime, nullable=False),
        _no_by_default("second_factor"),
    )
    _index("ix_sessions_open", "sessions", "account_id", "started_at", "sid", where="ended_at IS NULL")
    op.create_table(
        "revoked_sids",
        sa.Column("sid", sa.String(43), primary_key=True),
        sa.Column("revoked_at", UtcDateTime, nullable=False),
        comment="Access tokens with these names are void; kept for longer than an access token lasts.",
    )
    _index("ix_revoked_sids_revoked_at", "revoked_sids", "revoked_at", "sid")


def _create_proofs() -> None:
    op.create_table(
        "authorization_codes",
        sa.Column("digest", sa.LargeBinary(32), primary_key=True),
        sa.Column("account_id", sa.Uuid, sa.ForeignKey("accounts.account_id"), nullable=False, index=True),
        sa.Column("client_id", sa.String(100), nullable=False),
        sa.Column("redirect_uri", sa.Text, nullable=False),
        sa.Column("challenge", sa.String(43), nullable=False),
        sa.Column("requested", sa.String(1000)),
        sa.Column("expires_at", UtcDateTime, nullable=False, index=True),
        sa.Column("session_id", sa.Uuid),
        _no_by_default("second_factor"),
    )
    op.create_table(
        "used_assertions",
        sa.Column("digest", sa.LargeBinary(32), primary_key=True),
        sa.Column("expires_at", UtcDateTime, nullable=False, index=True),
        comment="Signed assertions by which clients have proved who they are: each is taken once.",
    )


def _create_attempts() -> None:
    op.create_table(
        "sign_in_tries",
        sa.Column("slot", sa.LargeBinary(32), primary_key=True),
        sa.Column("spent_until", sa.BigInteger, nullable=False, index=True),
        comment="Until when, in ms since 1970, the tries of a slot are used up at the pace at which they come back.",
    )
    op.create_table(
        "familiar_networks",
        sa.Column("slot", sa.LargeBinary(32), primary_key=True),
        sa.Column("seen_at", UtcDateTime, nullable=False, index=True),
        sa.Column("account_slot", sa.LargeBinary(32), nullable=False, index=True),
        comment="From where each account has signed in lately; a slot is the digest of both.",
    )


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
        sa.Column("seen_at", UtcDateTime, nullable=False, index=True),
    )
    op.create_table(
        "receipts",
        sa.Column("slot", sa.LargeBinary(32), primary_key=True),
        sa.Column("fingerprint", sa.LargeBinary(32), nullable=False),
        sa.Column("answer", sa.LargeBinary, nullable=False),
        sa.Column("kept_at", UtcDateTime, nullable=False, index=True),
    )
    op.create_table(
        "cursor_keys",
        sa.Column("cursor_key_id", sa.SmallInteger, primary_key=True, autoincrement=False),
        sa.Column("key", sa.LargeBinary(32), nullable=False),
    )
