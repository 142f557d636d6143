"""Headings that are replaced in a record as it came: in their own fields, of which all else stays."""

from collections.abc import Collection, Mapping

from pymarc import Field, Subfield

from books_service.adapters.exchange.marc.sources import as_source, record_from
from books_service.adapters.exchange.marc.title_page import MarcTitlePage
from books_service.adapters.exchange.marc.vocabulary import ISBD_MARKS, NAME_CODES, NAMES, SUBJECTS
from books_service.domain.exchange.source_record import SourceRecord

_SUBJECT_CODES = "abcdnpqtvxyz"


def renamed(source: SourceRecord, names: Mapping[str, str], subjects: Mapping[str, str]) -> SourceRecord:
    """Return the record with these names and subjects replaced: dates, roles, links and the order of fields stay."""
    record = record_from(source)
    page = MarcTitlePage(record)
    for field in record.fields:
        if field.tag == "653":
            field.subfields = [
                Subfield(code, subjects.get(value, value) if code == "a" else value) for code, value in field.subfields
            ]
        elif field.tag in SUBJECTS and (heading := subjects.get(page.heading(field))):
            _replace(field, _SUBJECT_CODES, heading)
        elif field.tag in NAMES and (name := names.get(page.name(field))):
            _replace(field, NAME_CODES[field.tag[1:]], name)
    return SourceRecord(source.leader, as_source(record).fields)


def _replace(field: Field, codes: Collection[str], text: str) -> None:
    """Put a text in place of these subfields, with the mark that stood behind them where something follows."""
    place = next(at for at, (code, _) in enumerate(field.subfields) if code in codes)
    last = [value for code, value in field.subfields if code in codes][-1].rstrip()
    rest = [one for one in field.subfields if one.code not in codes]
    mark = last[-1] if last.endswith(ISBD_MARKS) and rest[place:] else ""
    field.subfields = [*rest[:place], Subfield("a", text + mark), *rest[place:]]
