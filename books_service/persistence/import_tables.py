"""The tables of imports, of how records came in, and of the catalogues that they can be fetched from."""

from sqlalchemy import JSON, Column, ForeignKey, Index, Integer, String, Table, Text, Uuid

from books_service.domain.catalogue.identifier import LONGEST_KEY
from books_service.domain.catalogue.relation import LONGEST_LABEL, RelationKind
from books_service.domain.exchange.external_target import (
    LONGEST_ADDRESS,
    LONGEST_NAME,
    LONGEST_TARGET_CODE,
    LONGEST_TITLE,
)
from books_service.persistence.metadata import metadata
from books_service.persistence.types import words
from shared.persistence.import_profiles import profiles_table
from shared.persistence.imports import ImportTables

imports = ImportTables.declare(metadata, kinds=("copies",), what_in_mapping=True)
_unfinished = imports.jobs.c.state.in_(("queued", "running"))
Index("ix_imports_unfinished", imports.jobs.c.created_at, postgresql_where=_unfinished, sqlite_where=_unfinished)

import_profiles = profiles_table(metadata)

source_records = Table(
    "source_records",
    metadata,
    Column("book_id", Uuid, ForeignKey("books.book_id", ondelete="CASCADE"), primary_key=True),
    Column("leader", String(24), nullable=False),
    Column("fields", JSON, nullable=False),
    comment="The MARC records that books came in with, for what goes out to be as rich.",
)

sought_books = Table(
    "sought_books",
    metadata,
    Column("book_id", Uuid, ForeignKey("books.book_id", ondelete="CASCADE"), primary_key=True),
    Column("place", Integer, primary_key=True),
    Column("rank", Integer, primary_key=True),
    Column("key", String(LONGEST_KEY), nullable=False, index=True),
    Column("kind", words(RelationKind), nullable=False),
    Column("label", String(LONGEST_LABEL)),
    comment="By which keys MARC records name others that they are part, edition or successor of, until these are here.",
)

imported_records = Table(
    "imported_records",
    metadata,
    Column("record_key", Uuid, primary_key=True),
    Column("thing_id", Uuid, primary_key=True),
    Column("digests", Text, nullable=False),
    comment="By what a record of a file is recognised, which book or copy it became, and digests of what it said.",
)

external_targets = Table(
    "external_targets",
    metadata,
    Column("code", String(LONGEST_TARGET_CODE), primary_key=True),
    Column("title", String(LONGEST_TITLE), nullable=False),
    Column("url", String(LONGEST_ADDRESS), nullable=False),
    Column("sru_version", String(3), nullable=False),
    Column("record_schema", String(LONGEST_NAME), nullable=False),
    Column("isbn_index", String(LONGEST_NAME), nullable=False),
    Column("word_index", String(LONGEST_NAME), nullable=False),
    Column("version", Integer, nullable=False),
    comment="Other catalogues that are searched by SRU, and how each is asked.",
)
