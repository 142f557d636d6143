"""Members and their cards, accounts and sessions, tries to sign in, and the tables that carry events and receipts."""

import sqlalchemy as sa
from alembic import op

from shared.persistence.migrating.making import MACHINERY, create_index, create_machinery
from shared.persistence.types import UtcDateTime

revision = "0001"
down_revision = None

_TABLES = (
    *("members", "member_words", "cards", "history_entries", "blocks", "guardians", "likenesses", "merged_members"),
    *("accounts", "second_factors", "sessions", "revoked_sids", "authorization_codes", "used_assertions"),
    *("sign_in_tries", "familiar_networks", "category_tables"),
)
_SEALED, _DIGEST = "Sealed; see data_keys.", "A keyed digest."


def upgrade() -> None:
    _create_members()
    _create_cards()
    _create_member_records()
    _create_families()
    _create_categories()
    _create_accounts()
    _create_sessions()
    _create_proofs()
    _create_attempts()
    create_machinery()


def downgrade() -> None:
    for table in reversed((*_TABLES, *MACHINERY)):
        op.drop_table(table)


def _no_by_default(name: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean, nullable=False, server_default=sa.false())


def _create_members() -> None:
    op.create_table(
        "members",
        sa.Column("member_id", sa.Uuid, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("email", sa.Text, comment=_SEALED),
        sa.Column("email_key", sa.Text, index=True, comment="A keyed digest; a family may share one address."),
        sa.Column("category", sa.String(40), nullable=False),
        sa.Column("expires_on", sa.Date, nullable=False),
        sa.Column("suspension_reason", sa.Text),
        sa.Column("suspended_until", sa.Date),
        sa.Column("leaving_since", UtcDateTime),
        sa.Column("language", sa.String(35)),
        sa.Column("details", sa.Text, nullable=False, comment="All personal details, sealed as a whole."),
        sa.Column("joined_at", UtcDateTime, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("leaving_id", sa.Uuid),
        sa.Column("home_branch", sa.String(40)),
        sa.Column(
            "external_id", sa.String(200), unique=True, comment="The key that another system has for the member."
        ),
        sa.Column("pin_hash", sa.Text),
        sa.Column("reading_history", sa.String(20), nullable=False, server_default="default"),
    )
    create_index("ix_members_category", "members", "category", "member_id")
    create_index("ix_members_expires_on", "members", "expires_on", "member_id")
    create_index("ix_members_suspended", "members", "member_id", where="suspension_reason IS NOT NULL")
    create_index("ix_members_leaving", "members", "member_id", where="leaving_since IS NOT NULL")
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
        sa.Column("merged_at", UtcDateTime, comment="When it came from a merged record; it finds the member besides."),
    )
    works = "replaced_at IS NULL AND merged_at IS NULL"
    create_index("uq_cards_working", "cards", "member_id", where=works, unique=True)


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
    create_index("ix_history_entries_member_id", "history_entries", "member_id", "happening_id")
    op.create_table(
        "blocks",
        sa.Column("block_id", sa.Uuid, primary_key=True),
        sa.Column("member_id", sa.Uuid, sa.ForeignKey("members.member_id"), nullable=False, index=True),
        sa.Column("action", sa.String(20), nullable=False),
        sa.Column("until", sa.Date),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("placed_at", UtcDateTime, nullable=False),
    )


def _create_families() -> None:
    member = "members.member_id"
    op.create_table(
        "guardians",
        sa.Column("member_id", sa.Uuid, sa.ForeignKey(member), primary_key=True),
        sa.Column("guardian_id", sa.Uuid, sa.ForeignKey(member), primary_key=True, index=True),
        sa.Column("may", sa.String(60), nullable=False),
    )
    op.create_table(
        "likenesses",
        sa.Column("key", sa.LargeBinary(16), primary_key=True),
        sa.Column("member_id", sa.Uuid, sa.ForeignKey(member), primary_key=True, index=True),
        sa.Column("kind", sa.String(20), nullable=False),
        comment="Keyed digests by which two records of one person are found.",
    )
    op.create_table(
        "merged_members",
        sa.Column("member_id", sa.Uuid, primary_key=True),
        sa.Column("into", sa.Uuid, sa.ForeignKey(member), nullable=False, index=True),
        sa.Column("merged_at", UtcDateTime, nullable=False),
        comment="Whose record the id of a merged one stands for now.",
    )


def _create_categories() -> None:
    op.create_table(
        "category_tables",
        sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("document", sa.JSON, nullable=False),
        sa.Column("made_at", UtcDateTime, nullable=False),
        comment="Each version of the categories; without any, those that came with the service are in force.",
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
        sa.Column("parent_id", sa.Uuid),
        sa.Column("signed_in_at", UtcDateTime),
    )
    create_index("ix_sessions_parent_id", "sessions", "parent_id", where="parent_id IS NOT NULL")
    create_index("ix_sessions_open", "sessions", "account_id", "started_at", "sid", where="ended_at IS NULL")
    op.create_table(
        "revoked_sids",
        sa.Column("sid", sa.String(43), primary_key=True),
        sa.Column("revoked_at", UtcDateTime, nullable=False),
        comment="Access tokens with these names are void; kept for longer than an access token lasts.",
    )
    create_index("ix_revoked_sids_revoked_at", "revoked_sids", "revoked_at", "sid")


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
        sa.Column("parent_id", sa.Uuid),
        sa.Column("signed_in_at", UtcDateTime),
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
