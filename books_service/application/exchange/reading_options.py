"""How a file of books, copies or authorities is to be read."""

from collections.abc import Mapping, Sequence
from typing import Any

from books_service.application.exchange.ports import ReadingOptions
from books_service.domain.authorities.authority import AUTHORITY_FIELDS
from books_service.domain.catalogue.record import BookRecord
from books_service.domain.exchange.came_before import AUTHORITY_KEYS, BOOK_KEYS, COPY_KEYS
from books_service.domain.stock.copy_record import COPY_FIELDS
from shared.kernel.errors import InvalidValue, refuses
from shared.kernel.file_records import FormatNotSupported, InvalidMapping
from shared.kernel.import_profiles import Importable

FIELDS = tuple(BookRecord.__dataclass_fields__)
SINGULARS: Mapping[str, str] = {"isbns": "isbn", "languages": "language"}
"""What these fields are called in files that have one value of each, unless the import says otherwise."""
COPY_COLUMNS = tuple(f"copy_{name}" for name in COPY_FIELDS)
"""The columns of a copy that stands in the row of its book."""
BOOK_NAMES = ("isbn", "book_id", "book")
"""How a copy that comes alone names its book; `book` is the book's external id."""
DEFAULT_SPLIT = ";"
BOOKS, COPIES, AUTHORITIES = "books", "copies", "authorities"
COLUMNS: Mapping[str, Sequence[str]] = {
    BOOKS: (*FIELDS, *COPY_COLUMNS),
    COPIES: (*COPY_FIELDS, *BOOK_NAMES),
    AUTHORITIES: AUTHORITY_FIELDS,
}
"""The fields of each kind of record."""
IMPORTABLE = {
    BOOKS: Importable(BOOK_KEYS, (*FIELDS, *COPY_COLUMNS)),
    COPIES: Importable(COPY_KEYS, COPY_FIELDS),
    AUTHORITIES: Importable(AUTHORITY_KEYS, ("heading", "see_from", "uris")),
}
"""By which keys records of each kind match, best first, and which of their fields can be protected."""
REQUIRED = {BOOKS: "title", COPIES: "barcode", AUTHORITIES: "heading"}
"""What a table of such records has a column for."""
_OF_MARC = ("marc", "marcxml")
STATUS_FLAGS = ("withdrawn", "lost", "damaged", "missing", "reference_only")
"""The statuses for which the mapping of an item may name a subfield: any value but none and 0 means that status.

A negative number says that an item is not for loan yet: it is on order.
"""
ITEMS: Mapping[str, Mapping[str, str]] = {
    "952": {
        "barcode": "p",
        "branch": "a",
        "location": "c",
        "shelf_mark": "o",
        "item_type": "y",
        "volume": "h",
        "price": "v",
        "note": "z",
        "staff_note": "x",
        "keep_reason": "K",
        "withdrawn": "0",
        "lost": "1",
        "damaged": "4",
        "reference_only": "7",
        "external_id": "9",
        "status": "S",
        "condition": "C",
        "suppressed": "U",
        "tags": "T",
        "attributes": "E",
    },
    "949": {
        "barcode": "i",
        "branch": "m",
        "location": "l",
        "shelf_mark": "a",
        "item_type": "t",
        "price": "p",
    },
    "852": {"barcode": "p", "branch": "b", "location": "c", "shelf_mark": "khi", "note": "z", "staff_note": "x"},
}
"""Where copies stand in MARC, unless the import says otherwise: for a tag, the subfields of each field of a copy.

In 952 small letters and digits mean what they mean in Koha; capitals are ours, for what no other system writes there.
"""


class UnknownRecords(InvalidValue):
    """Nothing of that kind is imported here."""

    code = "invalid-what"
    detail = (
        "An import brings `books` with their copies, `copies` alone or `authorities`; copies alone come as csv, json "
        "or yaml."
    )
    field = "what"


@refuses(FormatNotSupported, InvalidMapping, UnknownRecords)
def reading_options(
    format: str, mapping: Mapping[str, Any], *, what: str = BOOKS, split_authors: str = DEFAULT_SPLIT
) -> ReadingOptions:
    """Return how to read a file: `mapping` gives for a field of ours the name that the file has for it.

    For MARC, `mapping` says for a tag where in it the fields of a copy stand, as ITEMS does; a text that begins with =
    is the value itself. Raises UnknownRecords or InvalidMapping.
    """
    is_marc = format in _OF_MARC
    if what not in COLUMNS or (is_marc and what == COPIES):
        raise UnknownRecords
    split = split_authors or DEFAULT_SPLIT
    if is_marc:
        return ReadingOptions({}, split, what, _items(mapping) if mapping else None)
    names = COLUMNS[what]
    unknown = sorted(set(mapping) - set(names))
    if unknown:
        raise InvalidMapping(f"There is no field {unknown[0]!r:.50}. The fields are {', '.join(names)}.")
    if not all(isinstance(name, str) and name.strip() for name in mapping.values()):
        raise InvalidMapping('The mapping is a JSON object of texts, such as {"published_year": "year"}.')
    return ReadingOptions(dict(mapping), split, what)


def _items(mapping: Mapping[str, Any]) -> Mapping[str, Mapping[str, str]]:
    """Check where copies stand in MARC. Raises InvalidMapping."""
    names = {*COPY_FIELDS, *STATUS_FLAGS, "currency"}
    for tag, fields in mapping.items():
        if not (len(tag) == 3 and tag.isdigit() and tag > "009" and isinstance(fields, dict) and "barcode" in fields):
            raise InvalidMapping(
                'For MARC, the mapping names tags and where in them copies stand: {"952": {"barcode": "p"}}.'
            )
        wrong = [name for name, codes in fields.items() if name not in names or not isinstance(codes, str) or not codes]
        if wrong:
            raise InvalidMapping(f"A copy has no field {wrong[0]!r:.50}. Its fields are {', '.join(sorted(names))}.")
    return dict(mapping)
