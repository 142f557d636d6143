"""The tables of membership, and the model on them.

E-mail addresses and personal details are sealed; the repository opens and seals them, since only it knows the keys.
"""

from sqlalchemy import (
    JSON,
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
    and_,
    event,
)
from sqlalchemy.orm import composite, relationship

from members_service.domain.membership.card import Card
from members_service.domain.membership.card_number import CardNumber
from members_service.domain.membership.guardian import Guardian, Permission
from members_service.domain.membership.likeness import Likeness
from members_service.domain.membership.member import Member
from members_service.domain.membership.member_record import ReadingHistory
from members_service.domain.membership.standing import Action, ActionBlock, Block, Suspension
from members_service.persistence.schema import map_class, metadata
from members_service.persistence.types import Words, one_of
from shared.persistence.import_profiles import profiles_table
from shared.persistence.imports import ImportTables
from shared.persistence.numbers import number_column
from shared.persistence.types import UtcDateTime

members = Table(
    "members",
    metadata,
    Column("member_id", Uuid, primary_key=True),
    number_column(),
    Column("name", Text, nullable=False),
    Column("email", Text, comment="Sealed; see data_keys."),
    Column("email_key", Text, index=True, comment="A keyed digest; a family may share one address."),
    Column("category", String(40), nullable=False),
    Column("expires_on", Date, nullable=False),
    Column("suspension_reason", Text),
    Column("suspended_until", Date),
    Column("leaving_since", UtcDateTime),
    Column("leaving_id", Uuid),
    Column("language", String(35)),
    Column("home_branch", String(40)),
    Column("external_id", String(200), unique=True, comment="The key that another system has for the member."),
    Column("pin_hash", Text),
    Column("reading_history", one_of(ReadingHistory), nullable=False, server_default="default"),
    Column("details", Text, nullable=False, comment="All personal details, sealed as a whole."),
    Column("joined_at", UtcDateTime, nullable=False),
    Column("active_at", UtcDateTime, comment="When something last happened to the membership."),
    Column("version", Integer, nullable=False),
)
_suspended = members.c.suspension_reason.is_not(None)
_leaving = members.c.leaving_since.is_not(None)
Index("uq_members_number", members.c.number, unique=True)
Index("ix_members_category", members.c.category, members.c.member_id)
Index("ix_members_expires_on", members.c.expires_on, members.c.member_id)
Index("ix_members_active_at", members.c.active_at, members.c.member_id)
Index("ix_members_name", members.c.name, members.c.member_id)
Index("ix_members_home_branch", members.c.home_branch, members.c.member_id)
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
    Column("merged_at", UtcDateTime, comment="When it came from a merged record; it finds the member besides."),
    Column("kept_at", UtcDateTime, comment="Kept beside a newer card, not merged."),
    Column("stopped_at", UtcDateTime),
)
card_finds = and_(cards.c.replaced_at.is_(None), cards.c.stopped_at.is_(None))
card_was_merged = and_(cards.c.merged_at.is_not(None), cards.c.kept_at.is_(None))
card_is_shown = and_(cards.c.replaced_at.is_(None), cards.c.merged_at.is_(None))
Index("uq_cards_working", cards.c.member_id, unique=True, postgresql_where=card_is_shown, sqlite_where=card_is_shown)

guardians = Table(
    "guardians",
    metadata,
    Column("member_id", Uuid, ForeignKey("members.member_id"), primary_key=True),
    Column("guardian_id", Uuid, ForeignKey("members.member_id"), primary_key=True, index=True),
    Column("may", Words(60, Permission), nullable=False),
    Column("since", Date, nullable=False),
    Column("until", Date),
)

likenesses = Table(
    "likenesses",
    metadata,
    Column("key", LargeBinary(16), primary_key=True),
    Column("member_id", Uuid, ForeignKey("members.member_id"), primary_key=True, index=True),
    Column("kind", one_of(Likeness), nullable=False),
    comment="Keyed digests by which two records of one person are found.",
)

member_phones = Table(
    "member_phones",
    metadata,
    Column("key", LargeBinary(16), primary_key=True),
    Column("member_id", Uuid, ForeignKey("members.member_id"), primary_key=True, index=True),
    comment="Keyed digests of the ends of telephone numbers, by which members are found.",
)

member_traits = Table(
    "member_traits",
    metadata,
    Column("key", LargeBinary(16), primary_key=True),
    Column("member_id", Uuid, ForeignKey("members.member_id"), primary_key=True, index=True),
    comment="Keyed digests of days of birth, towns and attributes, by which members are found.",
)

merged_members = Table(
    "merged_members",
    metadata,
    Column("member_id", Uuid, primary_key=True),
    Column("into", Uuid, ForeignKey("members.member_id"), nullable=False, index=True),
    Column("merged_at", UtcDateTime, nullable=False),
    Column("external_id", String(200), index=True, comment="The key that another system has for it, too."),
    comment="Whose record the id of a merged one stands for now.",
)

category_tables = Table(
    "category_tables",
    metadata,
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("document", JSON, nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    comment="Each version of the categories; without any, those that came with the service are in force.",
)

imports = ImportTables.declare(metadata, comment="Sealed; see data_keys.")
import_profiles = profiles_table(metadata)

imported_records = Table(
    "imported_records",
    metadata,
    Column("record_key", Uuid, primary_key=True),
    Column("member_id", Uuid, ForeignKey("members.member_id"), nullable=False, index=True),
    Column("run", Uuid, nullable=False),
    Column("secret", Text, nullable=False, comment="Sealed; see data_keys."),
    Column("digests", Text, nullable=False, comment="Of what was told, under the secret."),
    comment="By what a record of a file is recognised, whose it became, and digests of what it told.",
)

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
    Column("counted", JSON(none_as_null=True), comment="What it counted for."),
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
    Column("branch", String(40), comment="Where it counts; everywhere if null."),
)

applications = Table(
    "applications",
    metadata,
    Column("application_id", Uuid, primary_key=True),
    Column("applied_at", UtcDateTime, nullable=False, index=True),
    Column("confirmed_at", UtcDateTime),
    Column("token_hash", LargeBinary, nullable=False, unique=True),
    Column("applicant", Text, nullable=False, comment="Sealed; see data_keys."),
    comment="Those who want to join and have said so online, until the desk decides.",
)

photos = Table(
    "photos",
    metadata,
    Column("member_id", Uuid, ForeignKey("members.member_id"), primary_key=True),
    Column("media_type", String(20), nullable=False),
    Column("picture", Text, nullable=False, comment="Sealed, in Base64; see data_keys."),
    Column("taken_at", UtcDateTime, nullable=False),
    comment="By which a desk knows whom a card belongs to.",
)

desk_messages = Table(
    "desk_messages",
    metadata,
    Column("message_id", Uuid, primary_key=True),
    Column("member_id", Uuid, ForeignKey("members.member_id"), nullable=False),
    Column("text", Text, nullable=False, comment="Sealed; see data_keys."),
    Column("branch", String(40), comment="Where it is shown; everywhere if null."),
    Column("until", Date),
    Column("written_at", UtcDateTime, nullable=False),
    Column("written_by", String(100)),
    Column("read_at", UtcDateTime),
    Column("read_by", String(100)),
    Column("done_at", UtcDateTime),
    Column("done_by", String(100)),
    comment="What desks show when the card of a member is scanned, until it is done.",
)
message_is_open = desk_messages.c.done_at.is_(None)
Index("ix_desk_messages_member_id", desk_messages.c.member_id, desk_messages.c.message_id)
Index(
    "ix_desk_messages_open",
    desk_messages.c.member_id,
    postgresql_where=message_is_open,
    sqlite_where=message_is_open,
)


def map_members() -> None:
    """Map members, with what is loaded together with each."""
    _map_parts()
    mapped = map_class(
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
        guardians=relationship(
            Guardian,
            lazy="selectin",
            cascade="all, delete-orphan",
            order_by=guardians.c.guardian_id,
            primaryjoin=guardians.c.member_id == members.c.member_id,
        ),
        cards=relationship(Card, lazy="selectin", cascade="all", order_by=cards.c.issued_at),
        **{
            f"_{name}": members.c[name]
            for name in ("email", "email_key", "details", "suspension_reason", "suspended_until")
        },
    )
    event.listen(mapped, "load", _wake_up)


def _map_parts() -> None:
    map_class(
        Block,
        blocks,
        id=blocks.c.block_id,
        effect=composite(ActionBlock, blocks.c.action, blocks.c.until, blocks.c.branch),
        _action=blocks.c.action,
        _until=blocks.c.until,
        _branch=blocks.c.branch,
    )
    map_class(
        Card,
        cards,
        number=composite(CardNumber, cards.c.card_number, cards.c.card_key),
        _card_number=cards.c.card_number,
        _card_key=cards.c.card_key,
    )
    map_class(Guardian, guardians)


def _wake_up(member: Member, _: object) -> None:
    """Give a member that comes from the database what the model's constructor gives a new one."""
    member._events = []  # noqa: SLF001 - loading is a kind of construction
    member._history = []  # noqa: SLF001 - loading is a kind of construction
