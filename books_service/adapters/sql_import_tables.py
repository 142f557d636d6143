"""The tables of imports, and of how records came in."""

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    Uuid,
    text,
)

from books_service.adapters.sql_metadata import LONGEST_ACTOR, metadata
from shared.persistence.imports import errors_table, pieces_table
from shared.persistence.types import UtcDateTime

imports = Table(
    "imports",
    metadata,
    Column("import_id", Uuid, primary_key=True),
    Column("state", String(10), nullable=False),
    Column("format", String(20), nullable=False),
    Column("by", String(LONGEST_ACTOR)),
    Column("options", JSON, nullable=False),
    Column("dry_run", Boolean, nullable=False),
    *(Column(name, Integer, nullable=False) for name in ("read", "created", "updated", "skipped", "failed", "errors")),
    *(
        Column(f"copies_{name}", Integer, nullable=False, server_default=text("0"))
        for name in ("created", "updated", "skipped", "failed")
    ),
    Column("left_out", JSON, nullable=False, server_default=text("'{}'")),
    Column("created_at", UtcDateTime, nullable=False),
    Column("finished_at", UtcDateTime),
    Column("lease", Uuid),
    Column("leased_until", UtcDateTime),
    Column("attempts", Integer, nullable=False),
    Column("version", Integer, nullable=False),
)
_unfinished = imports.c.state.in_(("queued", "running"))
Index("ix_imports_unfinished", imports.c.created_at, postgresql_where=_unfinished, sqlite_where=_unfinished)

import_pieces = pieces_table(metadata)
import_errors = errors_table(metadata)

source_records = Table(
    "source_records",
    metadata,
    Column("book_id", Uuid, ForeignKey("books.book_id", ondelete="CASCADE"), primary_key=True),
    Column("leader", String(24), nullable=False),
    Column("fields", JSON, nullable=False),
    comment="The MARC records that books came in with, for what goes out to be as rich.",
)

imported_records = Table(
    "imported_records",
    metadata,
    Column("record_key", Uuid, primary_key=True),
    Column("thing_id", Uuid, primary_key=True),
    Column("digests", Text, nullable=False),
    comment="By what a record of a file is recognised, which book or copy it became, and digests of what it said.",
)
