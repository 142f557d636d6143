"""A MARC record as JSON values and back: how it is kept beside the book that came with it."""

import re
from collections.abc import Sequence
from typing import Any

from pymarc import Field, Indicators, Leader, Record, Subfield

from books_service.adapters.exchange.marc.vocabulary import OWN
from books_service.domain.exchange.source_record import SourceRecord

_UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")  # what neither JSON nor XML can carry
_MOST_CHARACTERS = 200_000


def source_of(record: Record) -> SourceRecord | None:
    """Return what is stored of a record; None: it is too long."""
    source = as_source(record)
    fields = [field for field in source.fields if not is_our_id(field)]
    if sum(len(value) for _, _, *rest in fields for parts in rest for _, value in parts) > _MOST_CHARACTERS:
        return None
    return SourceRecord(source.leader, tuple(fields))


def as_source(record: Record) -> SourceRecord:
    """Return a record as JSON values."""
    fields: list[Any] = []
    for field in record.fields:
        if field.data is not None:
            fields.append([field.tag, _fit(field.data)])
        else:
            parts = [[_fit(code), _fit(value)] for code, value in field.subfields]
            fields.append([field.tag, f"{field.indicator1}{field.indicator2}", parts])
    return SourceRecord(_fit(str(record.leader))[:24], tuple(fields))


def record_from(source: SourceRecord) -> Record:
    """Return the stored record."""
    record = Record()
    record.leader = Leader(source.leader.ljust(24)[:9] + "a" + source.leader.ljust(24)[10:])  # it goes out in UTF-8
    for tag, first, *rest in source.fields:
        if rest:
            parts = [Subfield(code, value) for code, value in rest[0]]
            record.fields.append(Field(tag, indicators=Indicators(*first), subfields=parts))
        else:
            record.fields.append(Field(tag, data=first))
    return record


def is_our_id(field: Sequence[Any]) -> bool:
    """Whether it is the id that the book had where the record comes from: it goes out with the one that it has here."""
    return field[0] == "035" and any(code == "a" and value.startswith(f"({OWN})") for code, value in field[2])


def _fit(text: str) -> str:
    return _UNFIT.sub("\ufffd", text)
