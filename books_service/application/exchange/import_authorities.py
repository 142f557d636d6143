"""Bring the authorities of a file into the catalogue, one bad record never stopping the others."""

from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from books_service.application.exchange.import_books import BATCH, MOST_TRIES, RecordSource
from books_service.application.exchange.ports import IncomingRecord
from books_service.application.exchange.records_before import Digests, RecordsBefore
from books_service.domain.authorities.authority import AUTHORITY_FIELDS, Authority, AuthorityRecord, HeadingTaken
from books_service.domain.exchange.came_before import AUTHORITY_KEYS
from books_service.persistence.unit_of_work import BooksWorkFactory, UnitOfWork
from shared.kernel.clock import Clock
from shared.kernel.errors import Conflict, LibraryError, OutOfDate, Refusals
from shared.kernel.file_records import Batch, Counts, RecordError, digests_of, in_batches
from shared.kernel.ids import new_id
from shared.kernel.imports import ImportFile

_CREATED, _UPDATED = Counts(read=1, created=1), Counts(read=1, updated=1)
_SKIPPED, _FAILED = Counts(read=1, skipped=1), Counts(read=1, failed=1)


@dataclass(frozen=True, slots=True)
class ImportAuthorities:
    """Import the authorities of a file, batch by batch, and yield what became of each batch once it is committed.

    - A record means the authority that it became before; else the one of its kind that a URI of it names; else the one
      with its heading, unless both have different URIs in one place: then it is another one of that name, and its
      heading is a fuller form, with dates.
    - By which of these two keys an authority is found, `uri` and `heading`, the import may say itself.
    - An authority takes over forms and URIs. Its heading stays, unless the file says another one than last time.
    - The same file again changes nothing, whatever was corrected or merged here since.
    - Books get the headings afterwards, behind what people correct meanwhile.
    """

    unit_of_work: BooksWorkFactory
    clock: Clock

    async def __call__(self, command: ImportFile, read_file: RecordSource) -> AsyncIterator[Batch]:
        async for read in in_batches(read_file(), of=BATCH):
            for attempt in range(1, MOST_TRIES + 1):
                try:
                    async with self.unit_of_work() as uow:
                        outcome = await _AuthorityBatch(uow, command, self.clock.now()).take(read)
                        if outcome.counts.read:
                            await command.note(uow.imports, outcome)
                        await uow.commit(imported=True)
                    break
                except (Conflict, OutOfDate):  # somebody entered or corrected one of these meanwhile
                    if attempt == MOST_TRIES:
                        raise
            if outcome.counts.read:
                yield outcome


class _AuthorityBatch:
    """The records of one batch, in one transaction."""

    def __init__(self, uow: UnitOfWork, file: ImportFile, now: datetime) -> None:
        self._uow = uow
        self._file = file
        self._now = now
        self._before = RecordsBefore(uow.imported, dry_run=file.dry_run)
        self._found: dict[UUID, Authority] = {}
        self._survivors: Mapping[UUID, UUID] = {}

    async def take(self, read: Sequence[IncomingRecord]) -> Batch:
        """Import the records; report on those that no earlier run has counted."""
        await self._uow.imported.wait_for_turn()
        entries = [(raw, *_cleaned(raw)) for raw in read]
        await self._open([record for _, record, _ in entries if record is not None])
        counts, errors, left_out = Counts(), list[RecordError](), Counter[str]()
        for raw, record, errors_of in entries:
            wrong = list(errors_of)
            outcome = self._import(record, wrong)
            if raw.number > self._file.already:
                counts += outcome
                left_out.update(raw.left_out)
                name = None if record is None else record.heading[:100]
                errors += [RecordError(raw.number, name, error.code, error.detail) for error in wrong]
        return Batch(counts, tuple(errors), left_out)

    async def _open(self, records: Sequence[AuthorityRecord]) -> None:
        became = await self._before.look_up((_names(record), _digests(record)) for record in records)
        self._survivors = await self._uow.authorities.survivors(became)
        ids = {self._survivors.get(one, one) for one in became}
        fuller = [record.fuller for record in records]
        candidates = [*records, *(one for one in fuller if one is not None)]
        self._found = {one.id: one for one in await self._uow.authorities.like(candidates, ids)}

    def _import(self, record: AuthorityRecord | None, wrong: list[LibraryError]) -> Counts:
        if record is None:
            return _FAILED
        try:
            return self._take(record)
        except LibraryError as refusal:
            wrong.append(refusal)
            return _FAILED

    def _take(self, record: AuthorityRecord) -> Counts:
        names, digests = _names(record), _digests(record)
        before = self._before.of(names, digests)
        if before is not None:
            self._before.note(names, digests, before.thing_id)
            there = self._found.get(self._survivors.get(before.thing_id, before.thing_id))
            if there is None or not (news := before.news(digests)) or there.id != before.thing_id:
                return _SKIPPED
            changed = there.record.absorbing(record)
            if "heading" in news and self._named(record) is None:
                changed = changed.with_changes({"heading": record.heading})
            return self._revise(there, changed)
        there = self._same(record)
        if there is not None:
            self._before.note(names, digests, there.id)
            return self._revise(there, there.record.absorbing(record))
        return self._add(record)

    def _add(self, record: AuthorityRecord) -> Counts:
        under = record
        if (other := self._named(record)) is not None:
            under = record.fuller or record
            if self._named(under) is not None:
                raise HeadingTaken(authority_id=other.id)
        added = Authority(id=new_id(), record=under, now=self._now, by=self._file.by)
        self._found[added.id] = added
        if not self._file.dry_run:
            self._uow.authorities.add(added)
        self._before.note(_names(record), _digests(record), added.id)
        return _CREATED

    def _revise(self, authority: Authority, record: AuthorityRecord) -> Counts:
        kept = {name: getattr(authority.record, name) for name in self._file.rules.protect}
        record = replace(record, **{name: value for name, value in kept.items() if value})
        if self._file.dry_run:
            return _SKIPPED if record == authority.record else _UPDATED
        return _UPDATED if authority.revise(record, now=self._now, by=self._file.by) else _SKIPPED

    def _same(self, record: AuthorityRecord) -> Authority | None:
        found = {"uri": self._linked, "heading": self._alike}
        by_keys = (found[key](record) for key in self._file.rules.match or AUTHORITY_KEYS)
        return next((one for one in by_keys if one is not None), None)

    def _linked(self, record: AuthorityRecord) -> Authority | None:
        linked = (one for one in self._found.values() if one.record.uri_keys & record.uri_keys)
        return next((one for one in linked if one.record.kind is record.kind), None)

    def _alike(self, record: AuthorityRecord) -> Authority | None:
        named = self._named(record)
        return None if named is None or named.record.is_elsewhere_another(record) else named

    def _named(self, record: AuthorityRecord) -> Authority | None:
        alike = (one for one in self._found.values() if one.heading_key == record.key)
        return next((one for one in alike if one.record.kind is record.kind), None)


def _cleaned(raw: IncomingRecord) -> tuple[AuthorityRecord | None, tuple[LibraryError, ...]]:
    """Clean what a file says in one record; no record is so bad that this raises anything."""
    if raw.problem is not None:
        return None, (raw.problem,)
    try:
        record, wrong = AuthorityRecord.repaired(raw.raw_fields)
    except Refusals as refused:
        return None, (*raw.wrong, *refused.refusals)
    except LibraryError as error:
        return None, (*raw.wrong, error)
    return record, (*raw.wrong, *wrong)


def _names(record: AuthorityRecord) -> Sequence[str]:
    """Return the names by which a record is recognised, best first."""
    return tuple(f"authority:{key}" for key in sorted(record.uri_keys)) or (f"{record.kind}:{record.key}",)


def _digests(record: AuthorityRecord) -> Digests:
    return digests_of({name: getattr(record, name) for name in AUTHORITY_FIELDS})
