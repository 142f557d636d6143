"""What a MARC record says of other records: its host, its parts, other editions, what it continues."""

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from books_service.domain.catalogue.identifier import Identifier, Scheme
from books_service.domain.catalogue.isbn import Isbn
from books_service.domain.catalogue.record import BookRecord
from books_service.domain.catalogue.relation import LONGEST_LABEL, RelationKind
from books_service.domain.exchange.source_record import SourceRecord
from books_service.domain.text import line
from shared.kernel.errors import LibraryError

LINKS = {
    "765": RelationKind.OTHER_EDITION,
    "767": RelationKind.OTHER_EDITION,
    "770": RelationKind.HAS_PART,
    "772": RelationKind.PART_OF,
    "773": RelationKind.PART_OF,
    "774": RelationKind.HAS_PART,
    "775": RelationKind.OTHER_EDITION,
    "776": RelationKind.OTHER_EDITION,
    "780": RelationKind.CONTINUES,
    "785": RelationKind.CONTINUED_BY,
    "800": RelationKind.PART_OF,
    "810": RelationKind.PART_OF,
    "811": RelationKind.PART_OF,
    "830": RelationKind.PART_OF,
}
"""The fields that link a record to another one, and what it is to that."""
SOURCE_AND_NUMBER = re.compile(r"\(([^()]{1,100})\)\s*+(.+)")
OCLC, _LIBRARY_OF_CONGRESS = "OCoLC", "DLC"
OCLC_PREFIX = re.compile(r"^(?:ocm|ocn|on)(?=[0-9])")


@dataclass(frozen=True, slots=True)
class RecordLink:
    """What a record is to another one, which has one of these `keys` (`Identifier.key`), the best first."""

    kind: RelationKind
    keys: tuple[str, ...]
    label: str | None = None


@dataclass(frozen=True, slots=True)
class SoughtBook:
    """The book `other_id` that a link of the book `book_id` means: the one that alone has the best of its keys."""

    book_id: UUID
    place: int
    kind: RelationKind
    label: str | None
    other_id: UUID


def links_of(source: SourceRecord) -> tuple[RecordLink, ...]:
    """Return what a record says of others that it names by a number."""
    own = next((field[1] for field in source.fields if field[0] == "003" and len(field) == 2), None)
    found = [_link(field[0], field[2], own) for field in source.fields if field[0] in LINKS and len(field) > 2]
    return tuple(link for link in found if link.keys)


def names(source: SourceRecord | None, kind: RelationKind, other: BookRecord) -> bool:
    """Return whether a record names another one as what it is to it."""
    links = () if source is None else links_of(source)
    return any(link.kind is kind and other.keys.intersection(link.keys) for link in links)


def keys_in(subfields: Sequence[Any], own: str | None = None) -> tuple[str, ...]:
    """Return the keys by which a field names another record: control numbers, then ISBNs, then ISSNs.

    A control number that names no catalogue is one of the record's `own`.
    """
    keys = list[str]()
    for code, read in (("w", _control_numbers), ("z", _isbns), ("x", _issns)):
        for found, value in subfields:
            if found == code:
                with suppress(LibraryError):
                    keys += read(value, own)
    return tuple(dict.fromkeys(keys))


def _link(tag: str, subfields: Sequence[Any], own: str | None) -> RecordLink:
    code = "v" if tag.startswith("8") else "g"
    label = next((value for found, value in subfields if found == code), None)
    return RecordLink(LINKS[tag], keys_in(subfields, own), _tidy(label))


def _tidy(label: str | None) -> str | None:
    if label is not None:
        with suppress(LibraryError):
            return line(label.strip(" ;,"), field="label", limit=LONGEST_LABEL)
    return None


def _control_numbers(value: str, own: str | None) -> Iterator[str]:
    parts = SOURCE_AND_NUMBER.fullmatch(value.strip())
    if parts is None:
        yield from (Identifier.of(Scheme.CONTROL_NUMBER, value, source).key for source in dict.fromkeys((own, None)))
        return
    yield Identifier.of(Scheme.CONTROL_NUMBER, parts[2], parts[1]).key
    if parts[1] == OCLC:
        yield Identifier.of(Scheme.OCLC, OCLC_PREFIX.sub("", parts[2])).key
    elif parts[1] == _LIBRARY_OF_CONGRESS:
        yield Identifier.of(Scheme.LCCN, parts[2]).key


def _isbns(value: str, _: str | None) -> Iterator[str]:
    yield Isbn.repaired(value).key


def _issns(value: str, _: str | None) -> Iterator[str]:
    yield Identifier.of(Scheme.ISSN, value).key
