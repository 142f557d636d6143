"""What a book is to others, as linking fields of MARC 21."""

from collections.abc import Iterable, Iterator

from pymarc import Field, Record

from books_service.adapters.exchange.marc.title_page import unescaped
from books_service.adapters.exchange.marc.vocabulary import EXTERNAL, OWN
from books_service.adapters.exchange.marc.writing import field
from books_service.application.exchange.ports import ExportedRelation
from books_service.domain.catalogue.identifier import Scheme
from books_service.domain.catalogue.record import BookRecord
from books_service.domain.catalogue.relation import RelationKind
from books_service.domain.exchange.record_links import LINKS, OCLC, keys_in

_TAGS = {
    RelationKind.PART_OF: ("773", "0 "),
    RelationKind.HAS_PART: ("774", "0 "),
    RelationKind.OTHER_EDITION: ("775", "0 "),
    RelationKind.CONTINUES: ("780", "00"),
    RelationKind.CONTINUED_BY: ("785", "00"),
}


def links(record: Record, relations: Iterable[ExportedRelation]) -> Iterator[Field]:
    """Return a field for each relation that the record does not name yet, in whichever of its linking fields."""
    own = next((unescaped(each.data or "").strip() for each in record.get_fields("003")), None)
    linking = record.get_fields(*LINKS)
    named = {key for each in linking for key in keys_in([[*part] for part in each.subfields], own)}
    titles = {(LINKS[each.tag], unescaped(title)) for each in linking for title in each.get_subfields("t")}
    for relation in relations:
        if not named & relation.record.keys and (relation.kind, relation.record.title) not in titles:
            tag, indicators = _TAGS[relation.kind]
            yield field(tag, indicators, **_subfields(relation))


def _subfields(relation: ExportedRelation) -> dict[str, str | None]:
    other = relation.record
    isbn = other.main_isbn
    return {
        "a": next(iter(other.authors), None),
        "t": other.title,
        "g": relation.label,
        "x": next((one.value for one in other.identifiers if one.scheme == Scheme.ISSN), None),
        "z": None if isbn is None else str(isbn),
        "w": _control_number(other),
    }


def _control_number(book: BookRecord) -> str | None:
    for one in book.identifiers:
        if one.scheme == Scheme.CONTROL_NUMBER and one.source not in {EXTERNAL, OWN}:
            return one.value if one.source is None else f"({one.source}){one.value}"
        if one.scheme == Scheme.OCLC and one.source is None:
            return f"({OCLC}){one.value}"
    return None
