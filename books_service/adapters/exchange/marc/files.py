"""Files in MARC. Readers and writers are imported with the first one: pymarc's tables of characters fill 5 MiB."""

from collections.abc import AsyncIterator

from books_service.application.exchange.ports import ExportedBook, IncomingRecord, MarcForms, ReadingOptions
from books_service.domain.authorities.authority import AuthorityRecord

NAMESPACE = "http://www.loc.gov/MARC21/slim"
XML_HEAD = f'<?xml version="1.0" encoding="UTF-8"?>\n<collection xmlns="{NAMESPACE}">\n'
XML_FOOT = "</collection>\n"


def read_marc(pieces: AsyncIterator[bytes], options: ReadingOptions) -> AsyncIterator[IncomingRecord]:
    """Read MARC 21 records in UTF-8 or MARC-8."""
    from books_service.adapters.exchange.marc import marc21_records  # noqa: PLC0415 - pymarc, as said above

    return marc21_records.read_marc(pieces, options)


def write_marc(book: ExportedBook) -> bytes:
    """Return `book` as a MARC 21 record in UTF-8."""
    from books_service.adapters.exchange.marc import marc21_records  # noqa: PLC0415 - pymarc, as said above

    return marc21_records.write_marc(book)


def write_authority(authority: AuthorityRecord, *, as_xml: bool) -> bytes:
    """Return an authority as a record of MARC 21, in UTF-8 or in XML."""
    from books_service.adapters.exchange.marc import authorities as marc  # noqa: PLC0415 - pymarc, as said above
    from books_service.adapters.exchange.marc import marc21_records, marcxml_records  # noqa: PLC0415 - pymarc

    record = marc.authority_record(authority)
    return marcxml_records.marcxml_of(record).encode() if as_xml else marc21_records.marc21_of(record)


def read_marcxml(pieces: AsyncIterator[bytes], options: ReadingOptions) -> AsyncIterator[IncomingRecord]:
    """Read MARCXML records, in any namespace and wherever they stand in a document."""
    from books_service.adapters.exchange.marc import marcxml_records  # noqa: PLC0415 - pymarc, as said above

    return marcxml_records.read_marcxml(pieces, options)


def write_marcxml(book: ExportedBook, *, namespace: str = "") -> str:
    """Return `book` as an element: in `namespace` if one is named, else in that of its collection."""
    from books_service.adapters.exchange.marc import marcxml_records  # noqa: PLC0415 - pymarc, as said above

    return marcxml_records.write_marcxml(book, namespace=namespace)


def marc_forms() -> MarcForms:
    """Return the three forms in which one record comes and goes."""
    from books_service.adapters.exchange.marc import bodies, items, renaming  # noqa: PLC0415 - pymarc, as said above

    return MarcForms(
        bodies.read_body,
        bodies.write_body,
        bodies.shown_record,
        bodies.with_copies_of,
        bodies.raw_fields_in,
        items.describes_copy,
        renaming.renamed,
    )
