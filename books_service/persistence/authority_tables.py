"""The tables of authorities."""

from sqlalchemy import JSON, Boolean, Column, ForeignKey, Index, Integer, String, Table, UniqueConstraint, Uuid, text

from books_service.domain.authorities.authority import AuthorityKind
from books_service.domain.authorities.heading import LONGEST_HEADING, LONGEST_KEY
from books_service.persistence.metadata import LONGEST_ACTOR, metadata
from books_service.persistence.types import Many, words
from shared.persistence.types import UtcDateTime

_KEY = String(LONGEST_KEY).with_variant(String(LONGEST_KEY, collation="C"), "postgresql")

authorities = Table(
    "authorities",
    metadata,
    Column("authority_id", Uuid, primary_key=True),
    Column("kind", words(AuthorityKind), nullable=False),
    Column("heading", String(LONGEST_HEADING), nullable=False),
    Column("heading_key", _KEY, nullable=False),
    Column("see_from", Many, nullable=False),
    Column("uris", Many, nullable=False),
    Column("added_at", UtcDateTime, nullable=False),
    Column("version", Integer, nullable=False),
    UniqueConstraint("heading_key", "kind"),
)
Index("ix_authorities_heading_key", authorities.c.heading_key, authorities.c.authority_id)

authority_keys = Table(
    "authority_keys",
    metadata,
    Column("key", _KEY, primary_key=True),
    Column(
        "authority_id",
        Uuid,
        ForeignKey(authorities.c.authority_id, ondelete="CASCADE"),
        primary_key=True,
        index=True,
    ),
    comment="Finds authorities by their headings, other forms and URIs, which begin with two slashes.",
)

gone_authorities = Table(
    "gone_authorities",
    metadata,
    Column("authority_id", Uuid, primary_key=True),
    Column("into_id", Uuid, nullable=False, index=True),
    comment="The authorities that were merged into another, and which has their books now.",
)

heading_corrections = Table(
    "heading_corrections",
    metadata,
    Column("authority_id", Uuid, primary_key=True),
    Column("former", JSON, nullable=False),
    Column("by", String(LONGEST_ACTOR)),
    Column("imported", Boolean, nullable=False),
    Column("generation", Integer, nullable=False),
    Column("after", Uuid),
    Column("checks", Integer, nullable=False, server_default=text("0")),
    Column("due_at", UtcDateTime, nullable=False),
    comment="The authorities whose headings are still to be brought into the books; a worker's lease moves due_at.",
)
Index("ix_heading_corrections_due", heading_corrections.c.imported, heading_corrections.c.due_at)
