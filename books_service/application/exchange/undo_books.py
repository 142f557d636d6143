"""Undo an import of books or copies, as long as nothing hangs on what it brought."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any, cast
from uuid import UUID

from books_service.application.catalogue.add_book import refuse_claimed
from books_service.application.stock.copy_facts import checked_place
from books_service.domain.catalogue.book import Book
from books_service.domain.catalogue.relation import Relation
from books_service.domain.exchange.record_links import names
from books_service.domain.exchange.taking_back import copy_facts
from books_service.domain.stock.availability import CopyAvailability
from books_service.domain.stock.copy import Copy
from books_service.domain.stock.copy_facts import CopyFacts
from books_service.domain.stock.copy_refusals import BarcodeTaken
from books_service.domain.stock.copy_status import CopyStatus
from books_service.persistence.catalogue.book_json import as_json, from_json
from books_service.persistence.history import copy_json
from books_service.persistence.unit_of_work import BooksWorkFactory, UnitOfWork
from shared.kernel.clock import Clock
from shared.kernel.errors import Conflict, LibraryError, OutOfDate
from shared.kernel.file_records import Batch, Counts, RecordError
from shared.kernel.import_undo import ChangedSinceImport, ImportedBatch, ImportedChange
from shared.kernel.imports import ImportFile, ImportJob

BOOK, COPY = "book", "copy"
_MOST_TRIES = 5
_BACK, _GONE, _STAYS = Counts(read=1, updated=1), Counts(read=1, skipped=1), Counts(read=1, failed=1)


@dataclass(frozen=True, slots=True)
class UndoBooks:
    """Undo an import batch by batch, from its last to its first.

    - What it made goes, if nobody changed it since, no copy of others, no subscription and no relation that
      somebody entered hangs on it, and circulation never spoke of it.
    - Fields that it changed say again what they said before, where nobody changed them since.
    - What went back is no longer known as having come: the same file brings it again.
    - What stays is reported with the reason, and known still, so that another undo may try again.
    """

    unit_of_work: BooksWorkFactory
    clock: Clock

    async def __call__(self, job: ImportJob, command: ImportFile) -> AsyncIterator[Batch]:
        """Yield the outcome of each batch once it is committed. Raises LeaseLost."""
        undone = _Undone()
        while (outcome := await self._take_back_or_retry(undone, job, command)) is not None:
            undone.read += outcome.counts.read
            if not command.dry_run or undone.read > command.already:
                yield outcome

    async def _take_back_or_retry(self, undone: "_Undone", job: ImportJob, command: ImportFile) -> Batch | None:
        for _ in range(_MOST_TRIES - 1):
            with suppress(Conflict, OutOfDate):  # somebody changed one of these things meanwhile
                return await self._take_back(undone, job, command)
        return await self._take_back(undone, job, command)

    async def _take_back(self, undone: "_Undone", job: ImportJob, command: ImportFile) -> Batch | None:
        """Take back the last batch that is left; return the outcome, or None when there is none."""
        # The copies that earlier batches took back are gone by now, unless they only would be.
        versions, copies = dict(undone.versions), dict(undone.copies) if command.dry_run else dict[UUID, int]()
        async with self.unit_of_work() as uow:
            batch = await uow.imports.last(job, below=undone.below)
            if batch is None:
                return None
            taking = _TakingBack(uow, _Undone(versions, copies, read=undone.read), self.clock, command)
            rest = await taking.take(batch)
            if not command.dry_run:
                await uow.imports.leave(job, rest)
                await command.note(uow.imports, taking.outcome)
                await uow.commit(imported=True)
        undone.versions, undone.copies, undone.below = versions, copies, batch.number
        return taking.outcome


@dataclass(slots=True)
class _Undone:
    """What was undone so far: how many copies of books are gone, and which versions things have.

    `versions` holds for each thing the version that this undo left it with, and the one that it would have without it:
    a thing that has another by now was changed by somebody meanwhile.
    """

    versions: dict[str, tuple[int, int]] = field(default_factory=dict)
    copies: dict[UUID, int] = field(default_factory=dict)
    below: int | None = None
    read: int = 0


class _TakingBack:
    """The things of one batch, in one transaction."""

    def __init__(self, uow: UnitOfWork, undone: _Undone, clock: Clock, command: ImportFile) -> None:
        self._uow = uow
        self._undone = undone
        self._now = clock.now()
        self._command = command
        self._removed: list[Book] = []
        self.outcome = Batch(Counts())

    async def take(self, batch: ImportedBatch) -> ImportedBatch:
        """Take back what the batch did, the last first; return what is left of it."""
        await self._open(batch)
        counts, errors, left = Counts(), list[RecordError](), list[ImportedChange]()
        for change in reversed(batch.changes):
            thing = self._things.get(UUID(change.thing_id))
            if thing is None:
                counts += _GONE
                continue
            try:
                counts += await (self._remove(thing, change) if change.made else self._restore(thing, change))
            except LibraryError as refusal:
                counts += _STAYS
                left.insert(0, change)
                number = self._undone.read + counts.read
                errors.append(RecordError(number, _called(thing), refusal.code, refusal.detail))
        self.outcome = Batch(counts, tuple(errors))
        if self._command.dry_run:
            return batch
        if self._removed:
            await self._take_relations_away()
            await self._uow.books.remove_all(self._removed)
        return replace(batch, changes=left, more=await self._forget(batch.more, {each.thing_id for each in left}))

    async def _open(self, batch: ImportedBatch) -> None:
        of_kind = {kind: {UUID(each.thing_id) for each in batch.changes if each.kind == kind} for kind in (BOOK, COPY)}
        books = await self._uow.books.survivors(of_kind[BOOK])
        self._things: dict[UUID, Book | Copy] = {each: book for each, book in books.items() if book.id == each}
        copies = await self._uow.copies.named(of_kind[COPY]) if of_kind[COPY] else ()
        self._things |= {copy.id: copy for copy in copies}
        self._stored = {id_: thing.version for id_, thing in self._things.items()}
        self._copies = await self._uow.copies.counts(of_kind[BOOK])
        self._subscribed = await self._uow.subscriptions.among(of_kind[BOOK])
        self._circulation: Mapping[UUID, CopyAvailability] = await self._uow.circulation.of_many(of_kind[COPY])

    def _present(self, thing: Book | Copy) -> int:
        return self._stored[thing.id] if self._command.dry_run else thing.version

    def _version(self, thing: Book | Copy, change: ImportedChange) -> int:
        now = self._present(thing)
        left, without = self._undone.versions.get(change.thing_id, (now, now))
        return without if left == now else now

    async def _remove(self, thing: Book | Copy, change: ImportedChange) -> Counts:
        if self._version(thing, change) != change.version:
            raise ChangedSinceImport
        by = self._command.by
        if isinstance(thing, Copy):
            thing.remove(circulation=self._circulation.get(thing.id), now=self._now, by=by)
            self._undone.copies[thing.book_id] = self._undone.copies.get(thing.book_id, 0) + 1
            if not self._command.dry_run:
                await self._uow.copies.remove(thing)
        else:
            if thing.id in self._subscribed:
                raise ChangedSinceImport(["subscription"])
            if not await self._came_with_records(thing, await self._uow.relations.of(thing.id)):
                raise ChangedSinceImport(["relations"])
            gone = self._undone.copies.get(thing.id, 0)
            thing.remove(copies=max(self._copies.get(thing.id, 0) - gone, 0), now=self._now, by=by)
            self._removed.append(thing)
        del self._things[thing.id]
        return _BACK

    async def _came_with_records(self, book: Book, relations: Sequence[Relation]) -> bool:
        """Return whether all relations of a book are what its MARC record says, or that of the other book."""
        if not relations:
            return True
        others = await self._uow.books.survivors([each.book_id for each in relations])
        sources = await self._uow.books.sources_of([book.id, *others])
        return all(
            names(sources.get(book.id), each.kind, others[each.book_id].record)
            or names(sources.get(each.book_id), each.kind.inverse, book.record)
            for each in relations
        )

    async def _take_relations_away(self) -> None:
        related = {book.id: await self._uow.relations.of(book.id) for book in self._removed}
        if touched := {each.book_id for relations in related.values() for each in relations}:
            await self._uow.books.lock({*related, *touched})
            for book_id in related:
                await self._uow.relations.replace(book_id, (), now=self._now, by=self._command.by)

    async def _restore(self, thing: Book | Copy, change: ImportedChange) -> Counts:
        is_unchanged = self._version(thing, change) == change.version
        back, since = change.going_back(copy_json(thing) if isinstance(thing, Copy) else as_json(thing.record))
        if isinstance(thing, Copy):
            await self._restore_copy(thing, back, since)
        else:
            await self._restore_book(thing, back)
        if since:
            raise ChangedSinceImport(sorted(since))
        if is_unchanged:
            self._undone.versions[change.thing_id] = self._present(thing), change.version - 1
        return _BACK if back else _GONE

    async def _restore_book(self, book: Book, back: Mapping[str, Any]) -> None:
        record = from_json({**as_json(book.record), **back})
        await refuse_claimed(self._uow, record, claimed=book.record.isbns)
        book.rewrite(record, now=self._now, by=self._command.by)

    async def _restore_copy(self, copy: Copy, back: dict[str, Any], since: Sequence[str]) -> None:
        if "branch" in since:
            back.pop("location", None)  # one of the branch that it left
        status = back.pop("status", None)
        facts, circulation = copy_facts(back), self._circulation.get(copy.id)
        if "branch" in back or "location" in back:
            place = {"location": copy.own_place.location, **back}
            facts.update(cast("CopyFacts", await checked_place(place, self._uow, copy=copy)))
        if "barcode" in facts:
            bearers = await self._uow.copies.with_barcodes([str(facts["barcode"])])
            if any(each.id != copy.id for each in bearers):
                raise BarcodeTaken
        copy.revise(facts, circulation=circulation, now=self._now, by=self._command.by)
        if status is not None:
            word = CopyStatus(status)
            by = self._command.by
            copy.change_status(word, reason=None, by_admin=True, now=self._now, circulation=circulation, by=by)

    async def _forget(self, more: Mapping[str, Any], left: set[str]) -> Mapping[str, Any]:
        """Forget that the records came, and what they came as, of the things that are not left; return the rest."""
        kept = {name: [each for each in rows if each[0] in left] for name, rows in more.items()}
        notes, sources = ([each for each in more[name] if each[0] not in left] for name in ("notes", "sources"))
        await self._uow.imported.forget(notes)
        await self._uow.books.put_back_sources(sources)
        return kept


def _called(thing: Book | Copy) -> str:
    if isinstance(thing, Copy):
        return str(thing.barcode)
    return str(thing.record.main_isbn or thing.record.title)[:100]
