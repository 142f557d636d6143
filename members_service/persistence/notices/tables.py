"""The tables of notices. What a message said, and to which address, is sealed."""

from sqlalchemy import (
    JSON,
    Column,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
)

from members_service.domain.notices.message import MessageState
from members_service.domain.notices.notice import NoticeState
from members_service.persistence.schema import metadata
from shared.persistence.types import UtcDateTime

notices = Table(
    "notices",
    metadata,
    Column("notice_id", Uuid, primary_key=True),
    Column("member_id", Uuid, nullable=False),
    Column("kind", String(40), nullable=False),
    Column("subject_id", Uuid, nullable=False, index=True),
    Column("occasion", String(80), nullable=False),
    Column("stage", Integer, nullable=False),
    Column("branch", String(40)),
    Column("occurred_at", UtcDateTime, nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    Column("valid_until", UtcDateTime),
    Column("facts", JSON, nullable=False),
    Column("secret", Text, comment="A code or a former address, sealed; see data_keys."),
    Column("state", String(20), nullable=False),
    Column("why", String(20)),
    Column("message_id", Uuid, index=True),
    UniqueConstraint("member_id", "kind", "subject_id", "stage", "occasion"),
    comment="One occurrence that one member is told of: no name, no title, no address.",
)
is_pending = notices.c.state == NoticeState.PENDING.value
Index("ix_notices_pending", notices.c.due_at, postgresql_where=is_pending, sqlite_where=is_pending)

notice_messages = Table(
    "notice_messages",
    metadata,
    Column("message_id", Uuid, primary_key=True),
    Column("member_id", Uuid, nullable=False, index=True),
    Column("group", String(20), nullable=False),
    Column("kinds", JSON, nullable=False),
    Column("way", String(20), nullable=False),
    Column("language", String(35), nullable=False),
    Column("branch", String(40)),
    Column("turn", Integer, nullable=False, comment="Security 0, mandatory 1, courtesy 2: first come first."),
    Column("made_at", UtcDateTime, nullable=False),
    Column("state", String(20), nullable=False),
    Column("why", String(20)),
    Column("phase", String(20), nullable=False),
    Column("tries", Integer, nullable=False),
    Column("next_try_at", UtcDateTime),
    Column("claimed_by", Uuid),
    Column("claimed_until", UtcDateTime),
    Column("changed_at", UtcDateTime, nullable=False),
    Column("address_key", LargeBinary(32), index=True, comment="A keyed digest of where it went."),
    Column("content", Text, comment="Address, subject and text as handed over, sealed; see data_keys."),
    Column("repeats", Uuid, unique=True, comment="The message that this one repeats."),
    comment="One or more notices to one person, by one way.",
)
is_ready = notice_messages.c.state == MessageState.READY.value
is_claimed = notice_messages.c.state == MessageState.CLAIMED.value
Index(
    "ix_notice_messages_ready",
    notice_messages.c.turn,
    notice_messages.c.message_id,
    postgresql_where=is_ready,
    sqlite_where=is_ready,
)
Index(
    "ix_notice_messages_claimed",
    notice_messages.c.claimed_until,
    postgresql_where=is_claimed,
    sqlite_where=is_claimed,
)
Index("ix_notice_messages_state", notice_messages.c.state, notice_messages.c.message_id)

notice_attempts = Table(
    "notice_attempts",
    metadata,
    Column("attempt_id", Uuid, primary_key=True),
    Column("message_id", Uuid, nullable=False, index=True),
    Column("at", UtcDateTime, nullable=False),
    Column("phase", String(20), nullable=False),
    Column("outcome", String(20), nullable=False),
    Column("code", Integer),
    comment="Each try to hand a message over.",
)

notice_backoffs = Table(
    "notice_backoffs",
    metadata,
    Column("destination", String(255), primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("until", UtcDateTime, nullable=False),
    comment="Mail domains and gateways that are left alone for a while.",
)

suppressions = Table(
    "suppressions",
    metadata,
    Column("suppression_id", Uuid, primary_key=True),
    Column("address", Text, nullable=False, comment="Sealed; see data_keys."),
    Column("address_key", LargeBinary(32), nullable=False, unique=True, comment="A keyed digest of the address."),
    Column("reason", String(20), nullable=False),
    Column("since", UtcDateTime, nullable=False),
    Column("status", String(20), comment="The code that the other side gave, such as 5.1.1."),
    comment="Addresses to which nothing is sent any more, since it comes back.",
)

notice_settings = Table(
    "notice_settings",
    metadata,
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("document", JSON, nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    Column("noted_since", UtcDateTime, comment="Since when each occurrence of its kinds is noted."),
    comment="Each version of how the library sends notices; without any, it sends none.",
)
