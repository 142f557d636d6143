"""The MARC record of a book, as it is shown and replaced."""

import hashlib
import json
from collections.abc import Callable, Collection
from dataclasses import dataclass
from uuid import UUID

from books_service.application.catalogue.add_book import refuse_claimed
from books_service.application.catalogue.revise_book import AGAINST_RECORD
from books_service.application.exchange.ports import ExportedBook, MarcForms
from books_service.application.exchange.queries import BookRecords
from books_service.domain.catalogue.book import BookNotFound, MergedIntoAnother
from books_service.domain.exchange.marc_rules import (
    CopyInMarc,
    InvalidMarcField,
    InvalidMarcIndicator,
    InvalidMarcLeader,
    InvalidMarcSubfield,
    InvalidMarcTag,
    InvalidMarcText,
    MarcRecordTooLong,
    NoMarcRecord,
    faults_of,
)
from books_service.domain.exchange.source_record import SourceRecord
from books_service.domain.viewer import STAFF, Viewer
from books_service.persistence.unit_of_work import BooksWorkFactory
from shared.kernel.clock import Clock
from shared.kernel.errors import refuse_if_any, refuse_if_stale, refuses

MEDIA_TYPES = ("application/marc-in-json", "application/marcxml+xml", "application/marc")


@dataclass(frozen=True, slots=True)
class MarcView:
    """The MARC record of a book in one of its forms. `mark` is a digest: a file may change it without a new version."""

    book_id: UUID
    version: int
    mark: str
    content: bytes


@dataclass(frozen=True, slots=True)
class MarcReplacement:
    """The one record in `content` for a book. The caller has seen `version` with one of `marks`; None, none: any."""

    book_id: UUID
    version: int | None
    marks: Collection[str]
    media_type: str
    content: bytes
    by: str | None = None


@refuses(BookNotFound, MergedIntoAnother)
@dataclass(frozen=True, slots=True)
class ShowMarc:
    """Show the MARC record of a book: as it came, with what was changed here laid over it.

    - One that did not come as MARC is written from what the catalogue says of it.
    - The fields of copies (952, 949 and 852 with a barcode) are not part of it; exports have them. Where these fields
      stand without one, only staff read condition, staff note and price in them.
    """

    records: BookRecords
    forms: Callable[[], MarcForms]

    async def __call__(self, book_id: UUID, media_type: str, viewer: Viewer) -> MarcView:
        version, book = await self.records.one(book_id, viewer)
        forms = self.forms()
        record = forms.shown(book, viewer)
        return MarcView(book_id, version, mark_of(record), forms.write(media_type, record))


@refuses(
    NoMarcRecord,
    InvalidMarcLeader,
    InvalidMarcTag,
    InvalidMarcField,
    InvalidMarcIndicator,
    InvalidMarcSubfield,
    InvalidMarcText,
    MarcRecordTooLong,
    CopyInMarc,
    *AGAINST_RECORD,
)
@dataclass(frozen=True, slots=True)
class ReplaceMarc:
    """Replace the MARC record of a book, and with it what the catalogue says of the book.

    - The record is kept as it is sent: fields that the catalogue does not read, their order, repeated ones, 880 pairs.
    - The catalogue follows what changes: a field of the book that the record now says otherwise says the same, one that
      it no longer says is emptied. What it says as before, or neither said nor says, stays.
    - Only leader and fields that are new are checked, so that one can be corrected in a record that came in dirty.
    - The fields of copies are refused; those that came with the record stay with it.
    - What was read changes nothing when it is sent back. Every change is kept in the history of the book, that of
      fields which the catalogue does not read as `marc`.
    """

    unit_of_work: BooksWorkFactory
    forms: Callable[[], MarcForms]
    clock: Clock

    async def __call__(self, command: MarcReplacement, answer_in: str) -> MarcView:
        forms = self.forms()
        record = forms.read(command.media_type, command.content)
        async with self.unit_of_work() as uow:
            await uow.books.lock({command.book_id})  # a file may store another source without a new version
            book = await uow.books.get(command.book_id)
            refuse_if_stale(command.version, book.version, thing="book")
            stored = (await uow.books.sources_of([book.id])).get(book.id)
            present = forms.shown(ExportedBook(book.record, source=stored), STAFF)
            if command.marks and mark_of(present) not in command.marks:
                refuse_if_stale(0, book.version, thing="book")
            if record != present:
                refuse_if_any([*_copies_in(record, forms), *faults_of(record, present)])
                followed = book.record.following(forms.raw_fields(present), forms.raw_fields(record))
                headings = await uow.headings.of([followed])
                bearing = forms.renamed(record, *headings.replacements(followed))
                followed = headings.corrected(followed)
                await refuse_claimed(uow, followed, claimed=book.record.isbns)
                lines = (tuple(present.without(record)), tuple(record.without(present)))
                book.rewrite(followed, now=self.clock.now(), by=command.by, marc=lines)
                kept = forms.stored(bearing, stored)
                uow.books.keep_sources({book.id: kept})
                present = forms.shown(ExportedBook(followed, source=kept), STAFF)
                await uow.commit()
            return MarcView(book.id, book.version, mark_of(present), forms.write(answer_in, present))


def mark_of(record: SourceRecord) -> str:
    """Return what tells this record from others in an entity tag."""
    text = json.dumps([record.leader, record.fields], separators=(",", ":"))
    return f"m{hashlib.blake2b(text.encode(), digest_size=9).hexdigest()}"


def _copies_in(record: SourceRecord, forms: MarcForms) -> list[CopyInMarc]:
    return [CopyInMarc(field[0], number) for number, field in enumerate(record.fields) if forms.describes_copy(field)]
