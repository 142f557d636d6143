"""Bring the records of a file into the catalogue, one bad record never stopping the others."""

from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass

from books_service.application.authorities.correct_books import Rename
from books_service.application.exchange.book_batch import BookBatch
from books_service.application.exchange.file_entries import Entry, read_entry
from books_service.application.exchange.join_books import JoinBooks
from books_service.application.exchange.ports import IncomingRecord
from books_service.application.exchange.reading_options import COPIES
from books_service.domain.catalogue.record import BookRecord
from books_service.domain.exchange.copy_matching import CopiesOfFile
from books_service.domain.exchange.matching import FileMatching, MatchKey, names_of
from books_service.domain.exchange.record_rules import RecordRules
from books_service.persistence.unit_of_work import BooksWorkFactory
from shared.kernel.clock import Clock
from shared.kernel.errors import Conflict, LibraryError, OutOfDate
from shared.kernel.file_records import MOST_RECORDS, Batch, in_batches
from shared.kernel.imports import ImportFile
from shared.kernel.pace import Pace

BATCH = 100
MOST_TRIES = 5


RecordSource = Callable[[], AsyncIterator[IncomingRecord]]
"""Opens a file and yields its records."""


@dataclass(frozen=True, slots=True)
class ImportBooks:
    """Import the records of a file, batch by batch, and yield what became of each batch once it is committed.

    - The same file again changes nothing, whatever was done here since: a record that says what it said when it last
      came is skipped. Of one that says something else only the fields count in which it does; where such a field was
      changed here, too, the file's word is taken, and that is reported.
    - Which keys are looked for, and which fields keep the value that they have here, the import may say itself.
    - What was removed here does not come back, and what was merged into another book is not changed; both are reported.
    - What a record leaves open stays as it is in the catalogue.
    - A value that cannot be right (an ISBN with a wrong check digit) is left out and reported; the book is taken.
    - A record that cannot be read, or has no title, fails and is reported. So does the second of two records that have
      one ISBN and differ.
    - The copies of a book come with it. One that cannot be taken is reported, and stops neither its book nor others.
    - A price that names no currency is one in the library's; one in another currency is left out and reported.
    - What came as MARC is kept as it came, beside what is read from it, unless the record says too little to change its
      book.
    - Books are related as their MARC records say (765 to 785 and 8XX, by control number, ISBN or ISSN), in any order.
    - `dry_run` reports the same and changes nothing; a book that several records change, it counts once.

    The file is read twice, because what a record means depends on which ISBNs the file holds. Records that were noted
    in an earlier run are gone through again, but not counted again. Raises FileUnusable or LeaseLost.
    """

    unit_of_work: BooksWorkFactory
    clock: Clock
    currency: str
    rename: Rename
    join_books: JoinBooks

    async def __call__(self, command: ImportFile, read_file: RecordSource) -> AsyncIterator[Batch]:
        rules = RecordRules.of(command.rules, copies_alone=command.what == COPIES)
        matching = FileMatching({name async for name in _names(read_file())}, rules.book_keys)
        copies = CopiesOfFile()
        async for read in in_batches(self._entries(read_file()), of=BATCH):
            for attempt in range(1, MOST_TRIES + 1):
                try:
                    async with self.unit_of_work() as uow:
                        outcome = await BookBatch(
                            uow, matching, copies, self.clock.now(), command, rules=rules, rename=self.rename
                        ).take(read)
                        if outcome.counts.read:
                            await command.note(uow.imports, outcome)
                        await uow.commit(imported=True)
                    break
                except (Conflict, OutOfDate):  # somebody catalogued one of these books meanwhile: now it can be found
                    matching.roll_back()
                    copies.roll_back()
                    if attempt == MOST_TRIES:
                        raise
            matching.savepoint()
            copies.savepoint()
            if outcome.counts.read:
                yield outcome
        if not command.dry_run:
            await self.join_books()

    async def _entries(self, records: AsyncIterator[IncomingRecord]) -> AsyncIterator[Entry]:
        pace = Pace()
        async for record in records:
            yield read_entry(record, self.currency)
            await pace()


async def _names(records: AsyncIterator[IncomingRecord]) -> AsyncIterator[MatchKey]:
    """Yield the keys by which the records name their books."""
    pace = Pace()
    async for record in records:
        await pace()
        if record.number > MOST_RECORDS:
            return
        if record.problem is not None:
            continue
        with suppress(LibraryError):
            numbers = {name: record.raw_fields[name] for name in ("isbns", "identifiers") if name in record.raw_fields}
            for name in names_of(BookRecord.repaired({"title": "-", **numbers})[0]):
                yield name
