"""The table of annual reports."""

from sqlalchemy import JSON, Column, Integer, String, Table

from loans_service.persistence.metadata import metadata
from shared.persistence.types import UtcDateTime

annual_reports = Table(
    "annual_reports",
    metadata,
    Column("form", String(40), primary_key=True),
    Column("year", Integer, primary_key=True, autoincrement=False),
    Column("entries", JSON, nullable=False),
    Column("document", JSON(none_as_null=True), comment="What was handed in; null until then."),
    Column("frozen_at", UtcDateTime),
    Column("frozen_by", String(100)),
    comment="What people entered in annual forms, and what was handed in.",
)
