"""MARC: its two file formats, and how its fields are read and written. Its refusals, which have pages, load at once."""

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
