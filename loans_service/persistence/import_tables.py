"""The tables of imports: those in progress, and what was made from each record."""

from sqlalchemy import Column, String, Table, Uuid

from loans_service.persistence.metadata import metadata
from shared.persistence.import_profiles import profiles_table
from shared.persistence.imports import ImportTables

imports = ImportTables.declare(metadata)
import_profiles = profiles_table(metadata)

imported_records = Table(
    "imported_records",
    metadata,
    Column("what", String(10), primary_key=True),
    Column("record_key", Uuid, primary_key=True),
    Column("thing_id", Uuid, nullable=False),
    Column("digest", Uuid, nullable=False),
    comment="By what a record is recognised that comes again, what it became, and what it said; all digests.",
)
