"""MARC: its two file forms, and how its fields are read and written. What it refuses is there at once: it has pages."""

from books_service.adapters.exchange.marc.refusals import (
    MarcDeleted,
    MarcDirectoryBroken,
    MarcTextBroken,
    MarcTooLong,
    NoMarc,
    NoMarcXml,
    XmlWithDtd,
)

__all__ = [
    "MarcDeleted",
    "MarcDirectoryBroken",
    "MarcTextBroken",
    "MarcTooLong",
    "NoMarc",
    "NoMarcXml",
    "XmlWithDtd",
]
