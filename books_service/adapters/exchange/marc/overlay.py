"""A book as it goes out in MARC: as rich as it came in, with what was changed here laid over it."""

from pymarc import Field, Leader, Record, Subfield

from books_service.adapters.exchange.marc.fields import FIELDS, raw_fields_of, record_of
from books_service.adapters.exchange.marc.items import with_items
from books_service.adapters.exchange.marc.sources import record_from
from books_service.adapters.exchange.marc.vocabulary import OWN
from books_service.application.exchange.ports import ExportedBook
from books_service.domain.catalogue.record import BookRecord
from shared.kernel.errors import LibraryError


def export_record(book: ExportedBook) -> Record:
    """Return the record to write: the one that came in, but for the fields that say something else by now."""
    record = laid_over_source(book)
    if book.book_id is not None:
        record.add_ordered_field(Field("035", subfields=[Subfield("a", f"({OWN}){book.book_id}")]))
    record.fields = with_items(record.fields, book.copies, book.holding_branches)
    return record


def laid_over_source(book: ExportedBook) -> Record:
    """Return the record, with the items that it came with."""
    own = record_of(book.record)
    if book.source is None:
        return own
    record = record_from(book.source)
    replaced = _replaced(record, book.record)
    if replaced:
        record.fields = _laid_over(record, own, replaced)
        if "008" in replaced:
            _keep_008(record, book)
        if "380" in replaced and book.record.format is None:
            leader = str(record.leader)
            record.leader = Leader(f"{leader[:6]}am{leader[8:]}")
    return record


def _replaced(source: Record, present: BookRecord) -> set[str]:
    """Return the tags of the fields in which the source differs from the catalogue."""
    try:
        came, _ = BookRecord.repaired(raw_fields_of(source))
    except LibraryError:
        return {tag for field in FIELDS.values() for tag in field.tags}
    return {
        tag for name, field in FIELDS.items() if getattr(came, name) != getattr(present, name) for tag in field.tags
    }


def _laid_over(source: Record, own: Record, replaced: set[str]) -> list[Field]:
    """Return the source's fields, those with a replaced tag taken out, and ours put where they belong."""
    fields = [field for field in source.fields if field.tag not in replaced or field.tag == "008"]
    for field in own.fields:
        if field.tag in replaced and field.tag != "008":
            behind = [place for place, other in enumerate(fields) if other.tag <= field.tag]
            fields.insert(behind[-1] + 1 if behind else 0, field)
    return fields


def _keep_008(record: Record, book: ExportedBook) -> None:
    """Write year, language and audience into the source's own 008, and leave the rest of it."""
    own = next(field.data or "" for field in record_of(book.record).fields if field.tag == "008")
    for field in record.fields:
        if field.tag == "008":
            data = (field.data or "").ljust(40)[:40]
            field.data = data[:6] + own[6:11] + data[11:22] + own[22] + data[23:35] + own[35:38] + data[38:]
            return
    record.add_ordered_field(Field("008", data=own))
