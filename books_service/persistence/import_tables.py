"""The tables of imports, and of how records came in."""

from sqlalchemy import JSON, Column, ForeignKey, Index, String, Table, Text, Uuid

from books_service.persistence.metadata import metadata
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

imported_records = Table(
    "imported_records",
    metadata,
    Column("record_key", Uuid, primary_key=True),
    Column("thing_id", Uuid, primary_key=True),
    Column("digests", Text, nullable=False),
    comment="By what a record of a file is recognised, which book or copy it became, and digests of what it said.",
)
