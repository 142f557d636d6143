"""The tables of what was done to books and copies, and of the books that are gone."""

from sqlalchemy import JSON, BigInteger, Column, Index, String, Table, Uuid

from books_service.persistence.metadata import LONGEST_ACTOR, metadata
from shared.persistence.types import BigNumber, UtcDateTime

changes = Table(
    "changes",
    metadata,
    Column("sequence", BigNumber, primary_key=True, autoincrement=True),
    Column("thing_id", Uuid, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("by", String(LONGEST_ACTOR)),
    Column("act", String(40), nullable=False),
    Column("changed", JSON, nullable=False),
    Column("counted", JSON(none_as_null=True), comment="What it counted for."),
    comment="Who changed which book or copy, when and how; rows are only ever added, and outlive the thing.",
    sqlite_autoincrement=True,
)
Index("ix_changes_thing_id", changes.c.thing_id, changes.c.sequence)

gone_books = Table(
    "gone_books",
    metadata,
    Column("book_id", Uuid, primary_key=True),
    Column("gone_at", UtcDateTime, nullable=False),
    Column("into_id", Uuid),
    Column("source", JSON),
    Column("number", BigInteger),
    comment="The books that were removed, or merged into another: harvesters hear of them.",
)
Index("ix_gone_books_gone_at", gone_books.c.gone_at, gone_books.c.book_id)
