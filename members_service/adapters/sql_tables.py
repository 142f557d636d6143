"""The tables of membership, and the one place that maps the model onto them.

E-mail addresses and personal details are sealed; the repositories open and seal them, since only they know the keys.
"""

from typing import Any, cast

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    Uuid,
    event,
    false,
)
from sqlalchemy.orm import composite, configure_mappers, registry, relationship

from members_service.adapters.sql_types import Words, one_of
from members_service.domain.identity.account import Account, Activation
from members_service.domain.identity.authorization_code import AuthorizationCode
from members_service.domain.identity.roles import Role
from members_service.domain.identity.second_factor import SecondFactor
from members_service.domain.identity.session import Session
from members_service.domain.membership.block import Block
from members_service.domain.membership.card import Card
from members_service.domain.membership.card_number import CardNumber
from members_service.domain.membership.member import Member
from members_service.domain.membership.membership import Category
from members_service.domain.membership.standing import Action, ActionBlock, Suspension
from shared.persistence.types import UtcDateTime, named_metadata
from shared.persistence.work import PlumbingTables

metadata = named_metadata()
plumbing = PlumbingTables.declare(metadata)

members = Table(
    "members",
    metadata,
    Column("member_id", Uuid, primary_key=True),
    Column("name", Text, nullable=False),
    Column("email", Text, nullable=False, comment="Sealed; see data_keys."),
    Column("email_key", Text, nullable=False, unique=True, comment="A keyed digest."),
    Column("category", one_of(Category), nullable=False),
    Column("expires_on", Date, nullable=False),
    Column("suspension_reason", Text),
    Column("suspended_until", Date),
    Column("leaving_since", UtcDateTime),
    Column("leaving_id", Uuid),
    Column("language", String(35)),
    Column("details", Text, nullable=False, comment="Phone, address and date of birth, sealed as a whole."),
    Column("joined_at", UtcDateTime, nullable=False),
    Column("version", Integer, nullable=False),
)
_suspended = members.c.suspension_reason.is_not(None)
_leaving = members.c.leaving_since.is_not(None)
Index("ix_members_category", members.c.category, members.c.member_id)
Index("ix_members_expires_on", members.c.expires_on, members.c.member_id)
Index("ix_members_suspended", members.c.member_id, postgresql_where=_suspended, sqlite_where=_suspended)
Index("ix_members_leaving", members.c.member_id, postgresql_where=_leaving, sqlite_where=_leaving)

member_words = Table(
    "member_words",
    metadata,
    Column("word", Text(collation="C").with_variant(Text(), "sqlite"), primary_key=True),
    Column("member_id", Uuid, ForeignKey("members.member_id"), primary_key=True, index=True),
    comment="The bare words of each name, by whose beginnings members are found.",
)

cards = Table(
    "cards",
    metadata,
    Column("card_key", String(32), primary_key=True),
    Column("card_number", String(32), nullable=False),
    Column("member_id", Uuid, ForeignKey("members.member_id"), nullable=False, index=True),
    Column("issued_at", UtcDateTime, nullable=False),
    Column("replaced_at", UtcDateTime),
)
card_works = cards.c.replaced_at.is_(None)
Index("uq_cards_working", cards.c.member_id, unique=True, postgresql_where=card_works, sqlite_where=card_works)

history_entries = Table(
    "history_entries",
    metadata,
    Column("happening_id", Uuid, primary_key=True),
    Column("member_id", Uuid, ForeignKey("members.member_id"), nullable=False),
    Column("what", String(20), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("by", String(100)),
    Column("reason", Text),
    Column("facts", JSON, nullable=False),
)
Index("ix_history_entries_member_id", history_entries.c.member_id, history_entries.c.happening_id)

blocks = Table(
    "blocks",
    metadata,
    Column("block_id", Uuid, primary_key=True),
    Column("member_id", Uuid, ForeignKey("members.member_id"), nullable=False, index=True),
    Column("action", one_of(Action), nullable=False),
    Column("until", Date),
    Column("reason", Text, nullable=False),
    Column("placed_at", UtcDateTime, nullable=False),
)

accounts = Table(
    "accounts",
    metadata,
    Column("account_id", Uuid, primary_key=True),
    Column("email", Text, nullable=False, comment="Sealed; see data_keys."),
    Column("email_key", Text, nullable=False, unique=True, comment="A keyed digest."),
    Column("roles", Words(100, Role), nullable=False, index=True),
    Column("member_id", Uuid, ForeignKey("members.member_id"), index=True),
    Column("password_hash", Text),
    Column("activation_digest", LargeBinary(32), unique=True),
    Column("password_from_desk", Boolean, nullable=False, server_default=false()),
    Column("activation_expires_at", UtcDateTime),
    Column("activation_from_desk", Boolean),
    Column("disabled", Boolean, nullable=False),
    Column("second_factor", Boolean, nullable=False, server_default=false()),
    Column("created_at", UtcDateTime, nullable=False),
    Column("version", Integer, nullable=False),
)

second_factors = Table(
    "second_factors",
    metadata,
    Column("account_id", Uuid, ForeignKey("accounts.account_id"), primary_key=True),
    Column("secret", Text, nullable=False, comment="Sealed; see data_keys."),
    Column("offered_at", UtcDateTime, nullable=False),
    Column("last_step", BigInteger, nullable=False, comment="The time step of the code that was used last."),
    Column("wrong_codes", Integer, nullable=False),
    Column("recovery_digests", Words(1000), nullable=False),
    Column("version", Integer, nullable=False),
    comment="Authenticator apps; one that was offered and not confirmed counts for nothing.",
)

sessions = Table(
    "sessions",
    metadata,
    Column("session_id", Uuid, primary_key=True),
    Column("sid", String(43), nullable=False, unique=True),
    Column("account_id", Uuid, ForeignKey("accounts.account_id"), nullable=False, index=True),
    Column("client_id", String(100), nullable=False),
    Column("requested", Words(1000)),
    Column("digest", LargeBinary(32), nullable=False),
    Column("parent_digest", LargeBinary(32)),
    Column("salt", String(43)),
    Column("refreshed_at", UtcDateTime, nullable=False),
    Column("started_at", UtcDateTime, nullable=False),
    Column("ends_at", UtcDateTime, nullable=False),
    Column("idle_until", UtcDateTime, nullable=False, index=True),
    Column("ended_at", UtcDateTime),
    Column("second_factor", Boolean, nullable=False, server_default=false()),
    Column("version", Integer, nullable=False),
)
session_goes_on = sessions.c.ended_at.is_(None)
Index(
    "ix_sessions_open",
    sessions.c.account_id,
    sessions.c.started_at,
    sessions.c.sid,
    postgresql_where=session_goes_on,
    sqlite_where=session_goes_on,
)

revoked_sids = Table(
    "revoked_sids",
    metadata,
    Column("sid", String(43), primary_key=True),
    Column("revoked_at", UtcDateTime, nullable=False),
    comment="Access tokens with these names are void; kept for longer than an access token lasts.",
)
Index("ix_revoked_sids_revoked_at", revoked_sids.c.revoked_at, revoked_sids.c.sid)

authorization_codes = Table(
    "authorization_codes",
    metadata,
    Column("digest", LargeBinary(32), primary_key=True),
    Column("account_id", Uuid, ForeignKey("accounts.account_id"), nullable=False, index=True),
    Column("client_id", String(100), nullable=False),
    Column("redirect_uri", Text, nullable=False),
    Column("challenge", String(43), nullable=False),
    Column("requested", Words(1000)),
    Column("expires_at", UtcDateTime, nullable=False, index=True),
    Column("session_id", Uuid),
    Column("second_factor", Boolean, nullable=False, server_default=false()),
)

used_assertions = Table(
    "used_assertions",
    metadata,
    Column("digest", LargeBinary(32), primary_key=True),
    Column("expires_at", UtcDateTime, nullable=False, index=True),
    comment="Signed assertions by which clients have proved who they are: each is taken once.",
)

tries = Table(
    "sign_in_tries",
    metadata,
    Column("slot", LargeBinary(32), primary_key=True),
    Column("spent_until", BigInteger, nullable=False, index=True),
    comment="Until when, in ms since 1970, the tries of a slot are used up at the pace at which they come back.",
)

familiar_networks = Table(
    "familiar_networks",
    metadata,
    Column("slot", LargeBinary(32), primary_key=True),
    Column("account_slot", LargeBinary(32), nullable=False, index=True),
    Column("seen_at", UtcDateTime, nullable=False, index=True),
    comment="From where each account has signed in lately; a slot is the digest of both.",
)

audit_records = Table(
    "audit_records",
    metadata,
    Column("record_id", Uuid, primary_key=True),
    Column("action", String(40), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("by", String(100)),
    Column("account_id", Uuid),
    Column("member_id", Uuid),
    Column("client_id", String(100)),
    Column("network", String(24)),
    Column("facts", JSON, nullable=False),
    comment="Who did what to whose access or data. No foreign keys: a record outlives what it speaks of.",
)
Index("ix_audit_records_at", audit_records.c.at, audit_records.c.record_id)
for _name in ("action", "by", "account_id", "member_id"):
    Index(f"ix_audit_records_{_name}", audit_records.c[_name], audit_records.c.at, audit_records.c.record_id)

audit_retention = Table(
    "audit_retention",
    metadata,
    Column("id", Integer, CheckConstraint("id = 1", name="one_row"), primary_key=True, autoincrement=False),
    Column("kept_days", Integer, CheckConstraint("kept_days >= 90", name="long_enough"), nullable=False),
    comment="For how many days audit records are kept, in its one row. Only the role that migrates may write it.",
)

_mappers = registry(metadata=metadata)


def map_model() -> None:
    """Map the model. Call it once per process, before the first session; calling again does nothing."""
    if _mappers.mappers:
        return
    _map_members()
    _map_accounts()
    configure_mappers()


def _map_members() -> None:
    _map(
        Block,
        blocks,
        id=blocks.c.block_id,
        effect=composite(ActionBlock, blocks.c.action, blocks.c.until),
        _action=blocks.c.action,
        _until=blocks.c.until,
    )
    _map(
        Card,
        cards,
        number=composite(CardNumber, cards.c.card_number, cards.c.card_key),
        _card_number=cards.c.card_number,
        _card_key=cards.c.card_key,
    )
    mapped = _map(
        Member,
        members,
        id=members.c.member_id,
        suspension=composite(
            Suspension,
            members.c.suspension_reason,
            members.c.suspended_until,
            return_none_on=lambda reason, _: reason is None,
        ),
        blocks=relationship(Block, lazy="selectin", cascade="all, delete-orphan", order_by=blocks.c.block_id),
        cards=relationship(Card, lazy="selectin", cascade="all", order_by=cards.c.issued_at),
        **{
            f"_{name}": members.c[name]
            for name in ("email", "email_key", "details", "suspension_reason", "suspended_until")
        },
    )
    event.listen(mapped, "load", _wake_up)


def _map_accounts() -> None:
    _map(
        Account,
        accounts,
        id=accounts.c.account_id,
        activation=composite(
            Activation,
            accounts.c.activation_digest,
            accounts.c.activation_expires_at,
            accounts.c.activation_from_desk,
            return_none_on=lambda digest, *_: digest is None,
        ),
        **{
            f"_{name}": accounts.c[name]
            for name in ("email", "email_key", "activation_digest", "activation_expires_at", "activation_from_desk")
        },
    )
    _map(SecondFactor, second_factors, _secret=second_factors.c.secret)
    _map(Session, sessions, id=sessions.c.session_id)
    _map(AuthorizationCode, authorization_codes)


def _map(kind: type[Any], table: Table, **properties: Any) -> type[Any]:
    versioned = {"version_id_col": table.c.version, "version_id_generator": False} if "version" in table.c else {}
    mapper = _mappers.map_imperatively(kind, table, properties=properties, **cast("Any", versioned))
    return mapper.class_


def _wake_up(member: Member, _: object) -> None:
    """Give a member that comes from the database what the model's constructor gives a new one."""
    member._events = []  # noqa: SLF001 - loading is a kind of construction
    member._history = []  # noqa: SLF001 - loading is a kind of construction
