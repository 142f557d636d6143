"""A book as it goes out in MARC: as rich as it came in, with what was changed here laid over it."""

from pymarc import Field, Record, Subfield

from books_service.adapters.exchange.marc.editing import edit
from books_service.adapters.exchange.marc.fields import FIELDS, raw_fields_of, record_of
from books_service.adapters.exchange.marc.items import with_items
from books_service.adapters.exchange.marc.relations import links
from books_service.adapters.exchange.marc.sources import record_from
from books_service.adapters.exchange.marc.uris import put_uris
from books_service.adapters.exchange.marc.vocabulary import OWN
from books_service.application.exchange.ports import ExportedBook
from books_service.domain.catalogue.record import BookRecord
from shared.kernel.errors import LibraryError


def export_record(book: ExportedBook) -> Record:
    """Return the record to write: the one that came in, but for the fields that say something else by now."""
    record = laid_over_source(book)
    if book.book_id is not None:
        record.add_ordered_field(Field("035", subfields=[Subfield("a", f"({OWN}){book.book_id}")]))
    for field in links(record, book.relations):
        record.add_ordered_field(field)
    record.fields = with_items(record.fields, book.copies, book.holding_branches)
    return record


def laid_over_source(book: ExportedBook) -> Record:
    """Return the record, with the items that it came with."""
    own = record_of(book.record)
    if book.source is None:
        return own
    record = record_from(book.source)
    came = _read(record)
    if came == book.record:
        return record
    edit(record, came, book.record)
    put_uris(record, book.record)
    again = _read(record)
    differs = [name for name in FIELDS if getattr(again, name) != getattr(book.record, name)]
    if replaced := {tag for name in differs for tag in FIELDS[name].tags}:
        record.fields = _laid_over(record, own, replaced)
    put_uris(record, book.record)
    return record


def _read(record: Record) -> BookRecord:
    """Return what a record says: of one that makes no book, nothing."""
    try:
        return BookRecord.repaired(raw_fields_of(record))[0]
    except LibraryError:
        return BookRecord("")


def _laid_over(source: Record, own: Record, replaced: set[str]) -> list[Field]:
    """Return the source's fields, those with a replaced tag taken out, and ours put where they belong.

    008 stays: what we know of it stands in it by now.
    """
    fields = [field for field in source.fields if field.tag not in replaced or field.tag == "008"]
    for field in own.fields:
        if field.tag in replaced and field.tag != "008":
            behind = [place for place, other in enumerate(fields) if other.tag <= field.tag]
            fields.insert(behind[-1] + 1 if behind else 0, field)
    return fields
