"""The tables of identity, and the model on them.

E-mail addresses and secrets are sealed; the repositories open and seal them, since only they know the keys.
"""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    Uuid,
    false,
    literal_column,
)
from sqlalchemy.orm import composite

from members_service.domain.identity.account import Account, Activation
from members_service.domain.identity.authentication import LONGEST_METHODS
from members_service.domain.identity.authorization_code import AuthorizationCode
from members_service.domain.identity.identity_provider import Audience
from members_service.domain.identity.passkey import LONGEST_CREDENTIAL_ID
from members_service.domain.identity.second_factor import SecondFactor
from members_service.domain.identity.session import Session
from members_service.persistence.schema import map_class, metadata
from members_service.persistence.types import Words, one_of
from shared.persistence.types import UtcDateTime

accounts = Table(
    "accounts",
    metadata,
    Column("account_id", Uuid, primary_key=True),
    Column("email", Text, nullable=False, comment="Sealed; see data_keys."),
    Column("email_key", Text, nullable=False, unique=True, comment="A keyed digest."),
    Column("roles", Words(100), nullable=False, index=True),
    Column("member_id", Uuid, ForeignKey("members.member_id"), index=True),
    Column("password_hash", Text),
    Column("activation_digest", LargeBinary(32), unique=True),
    Column("password_from_desk", Boolean, nullable=False, server_default=false()),
    Column("activation_expires_at", UtcDateTime),
    Column("activation_from_desk", Boolean),
    Column("disabled", Boolean, nullable=False),
    Column("second_factor", Boolean, nullable=False, server_default=false()),
    Column("has_passkey", Boolean, nullable=False, server_default=false()),
    Column("signs_in_elsewhere", Boolean, nullable=False, server_default=false()),
    Column("created_at", UtcDateTime, nullable=False),
    Column("version", Integer, nullable=False),
)

does_more = accounts.c.roles != literal_column("'member'")
"""Of accounts that may do more than a member's; written as in the index, which is used for nothing else."""
Index("ix_accounts_staff", accounts.c.account_id, postgresql_where=does_more, sqlite_where=does_more)

roles = Table(
    "roles",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("title", Text, nullable=False),
    Column("rights", Words(2000), nullable=False),
    Column("version", Integer, nullable=False),
    comment="Roles of the library's own, and what it has made of shipped ones.",
)

grants = Table(
    "grants",
    metadata,
    Column("account_id", Uuid, ForeignKey("accounts.account_id"), primary_key=True),
    Column("role", String(40), primary_key=True),
    Column("branches", Text, comment="Codes in capitals, with spaces between; all branches if null."),
    Column("until", UtcDateTime),
    comment="How far roles of accounts go; one without a row counts in all branches, for good.",
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

identity_providers = Table(
    "identity_providers",
    metadata,
    Column("provider_id", Uuid, primary_key=True),
    Column("code", String(40), nullable=False, unique=True),
    Column("title", String(200), nullable=False),
    Column("issuer", String(500), nullable=False, unique=True),
    Column("client_id", String(200), nullable=False),
    Column("client_secret", Text, nullable=False, comment="Sealed; see data_keys."),
    Column("audience", one_of(Audience), nullable=False),
    Column("mail_domains", JSON, nullable=False),
    Column("claims", JSON, nullable=False),
    Column("groups", JSON, nullable=False),
    Column("enrol", JSON(none_as_null=True)),
    Column("max_age", Integer),
    Column("enabled", Boolean, nullable=False),
    Column("version", Integer, nullable=False),
)

foreign_identities = Table(
    "foreign_identities",
    metadata,
    Column("identity_id", Uuid, primary_key=True),
    Column("account_id", Uuid, ForeignKey("accounts.account_id"), nullable=False, unique=True),
    Column("provider_id", Uuid, ForeignKey("identity_providers.provider_id"), nullable=False, index=True),
    Column("issuer", String(500), nullable=False),
    Column("subject", Text, nullable=False, comment="Sealed; see data_keys."),
    Column(
        "subject_key", LargeBinary(32), nullable=False, unique=True, comment="A keyed digest of issuer and subject."
    ),
    Column("linked_at", UtcDateTime, nullable=False),
    comment="Who signs in by an identity provider: an account has one, and no password.",
)

passkeys = Table(
    "passkeys",
    metadata,
    Column("passkey_id", Uuid, primary_key=True),
    Column("account_id", Uuid, ForeignKey("accounts.account_id"), nullable=False, index=True),
    Column("credential_id", LargeBinary(LONGEST_CREDENTIAL_ID), nullable=False, unique=True),
    Column("public_key", LargeBinary, nullable=False),
    Column("name", Text, nullable=False, comment="Sealed; see data_keys."),
    Column("counter", BigInteger, nullable=False),
    Column("verified", Boolean, nullable=False),
    Column("backed_up", Boolean, nullable=False),
    Column("from_desk", Boolean, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("last_used_at", UtcDateTime),
    Column("version", Integer, nullable=False),
    comment="The public halves of keys that devices keep, by which people sign in.",
)

SESSION_THERE = "Digest of the session at the provider by which somebody signed in."

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
    Column("methods", String(LONGEST_METHODS), comment="By the names of RFC 8176."),
    Column("version", Integer, nullable=False),
    Column("parent_id", Uuid),
    Column("signed_in_at", UtcDateTime),
    Column("session_there", LargeBinary(32), comment=SESSION_THERE),
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

begun_in_a_browser = sessions.c.parent_id.is_not(None)
Index(
    "ix_sessions_parent_id",
    sessions.c.parent_id,
    postgresql_where=begun_in_a_browser,
    sqlite_where=begun_in_a_browser,
)

begun_at_a_provider = sessions.c.session_there.is_not(None)
Index(
    "ix_sessions_session_there",
    sessions.c.session_there,
    postgresql_where=begun_at_a_provider,
    sqlite_where=begun_at_a_provider,
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
    Column("methods", String(LONGEST_METHODS), comment="By the names of RFC 8176."),
    Column("parent_id", Uuid),
    Column("signed_in_at", UtcDateTime),
    Column("session_there", LargeBinary(32), comment=SESSION_THERE),
)

used_assertions = Table(
    "used_assertions",
    metadata,
    Column("digest", LargeBinary(32), primary_key=True),
    Column("expires_at", UtcDateTime, nullable=False, index=True),
    comment="What was signed and is taken once: assertions of clients, and logout tokens of providers.",
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


def map_accounts() -> None:
    """Map accounts, and what comes of signing in with one."""
    map_class(
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
    map_class(SecondFactor, second_factors, _secret=second_factors.c.secret)
    map_class(Session, sessions, id=sessions.c.session_id)
    map_class(AuthorizationCode, authorization_codes)
