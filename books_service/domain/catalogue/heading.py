"""Headings: the names and subjects of the catalogue, by which it is browsed from A to Z."""

from collections.abc import Mapping
from enum import StrEnum

from books_service.domain.catalogue.record import BookRecord
from books_service.domain.catalogue.title import LONGEST_KEY
from books_service.domain.text import folded


class HeadingKind(StrEnum):
    """Of what a heading is: authors are all who made a book."""

    AUTHOR = "author"
    SUBJECT = "subject"


def filing_key(heading: str) -> str:
    """Return what a heading is filed under: its words without accents and case, in the order in which it has them."""
    return folded(heading)[:LONGEST_KEY]


def headings_of(record: BookRecord) -> Mapping[tuple[str, str], str]:
    """Return the headings of a book by kind and key, as the record writes them."""
    names = (*record.authors, *(contributor.name for contributor in record.contributors))
    return {
        (kind.value, filing_key(heading)): heading
        for kind, headings in ((HeadingKind.SUBJECT, record.subjects), (HeadingKind.AUTHOR, names))
        for heading in headings
    }
