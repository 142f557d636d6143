"""Import the records of a file of any kind, batch by batch."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Generic, Protocol, TypeVar
from uuid import UUID

from loans_service.persistence.moving_in.former_records import CameBefore
from loans_service.persistence.unit_of_work import SYSTEM, LoansWorkFactory, UnitOfWork
from shared.kernel.clock import Clock
from shared.kernel.errors import Conflict, InvalidValue, LibraryError, NeighbourUnavailable, OutOfDate, Refused
from shared.kernel.file_records import Batch, Counts, FileRecord, RecordError, SeenRecords, in_batches, left_out_of
from shared.kernel.imports import ImportFile

AT_ONCE = 200
PAUSES = (1.0, 2.0, 4.0, 8.0)  # seconds between tries while a neighbour does not answer
_MOST_TRIES = 3


class What(StrEnum):
    """What the records of a file are."""

    LOANS = "loans"
    HOLDS = "holds"
    FINES = "fines"


class UnknownRecords(InvalidValue):
    """Nothing of that kind is imported here."""

    code = "invalid-what"
    detail = "An import brings `loans`, `holds` or `fines`."
    field = "what"


class CirculationNotUndone(Refused):
    """Desks build on loans, holds and debts from the moment they are there."""

    code = "import-not-undoable"
    detail = (
        "An import of loans, holds or debts is not undone, for desks and members build on them at once. Return, cancel "
        "or waive what should not be here."
    )


class Former(Protocol):
    """A record of another system."""

    @property
    def external_id(self) -> str | None: ...

    @property
    def natural_key(self) -> tuple[object, ...]: ...


Record = TypeVar("Record", bound=Former)
Answer = TypeVar("Answer")
Record_contra = TypeVar("Record_contra", bound=Former, contravariant=True)
Answer_contra = TypeVar("Answer_contra", contravariant=True)


class RecordOutcome(StrEnum):
    """What became of a record."""

    CREATED = "created"
    UPDATED = "updated"
    SKIPPED = "skipped"


_COUNTED = {
    RecordOutcome.CREATED: Counts(read=1, created=1),
    RecordOutcome.UPDATED: Counts(read=1, updated=1),
    RecordOutcome.SKIPPED: Counts(read=1, skipped=1),
}


@dataclass(frozen=True, slots=True)
class Taken:
    """What a record became, and the limits that it exceeds, which are reported but do not prevent the import."""

    outcome: RecordOutcome
    thing_id: UUID
    remarks: tuple[LibraryError, ...] = ()


class BatchWork(Protocol[Record_contra, Answer_contra]):
    """The records of one batch in one transaction."""

    async def take(self, former: Record_contra, answer: Answer_contra, *, thing_id: UUID | None) -> Taken:
        """Import one record; `thing_id` is what was made from it in an earlier import.

        Raises what is wrong with it before anything is changed.
        """
        ...


class Kind(Protocol[Record_contra, Answer]):
    """How records of one kind are imported."""

    @property
    def what(self) -> What: ...

    async def ask(self, former: Record_contra) -> Answer:
        """Look up at the neighbours what the record names. Raises what is not found, or NeighbourUnavailable."""
        ...

    async def open(self, uow: UnitOfWork, answers: Sequence[Answer]) -> BatchWork[Record_contra, Answer]:
        """Lock and read what the records of a batch concern."""
        ...


@dataclass(frozen=True, slots=True)
class _Entry(Generic[Record]):
    """A record with its key, and a digest of its content."""

    record: FileRecord[Record]
    former: Record
    key: UUID
    digest: UUID

    @classmethod
    def of(cls, record: FileRecord[Record], former: Record) -> "_Entry[Record]":
        by = ("id", former.external_id) if former.external_id is not None else ("natural", *former.natural_key)
        return cls(record, former, _digest(by), _digest(former))


@dataclass(frozen=True, slots=True)
class TakeIn(Generic[Record, Answer]):
    """Import the records of a file.

    - A record with the `external_id`, or else the natural key, of an earlier one revises what was made from that, or
      leaves it. An unchanged record changes nothing, whatever happened here since. Changes that are not taken over are
      reported once.
    - A bad record never stops the others; each is reported with what is wrong.
    - Limits of the policy do not prevent an import; those that a record exceeds are reported with it.
    - A dry run recognises records that are repeated in its file, by the same keys.
    - Events are marked as imported, so that no member gets a letter about the past.
    """

    kind: Kind[Record, Answer]
    unit_of_work: LoansWorkFactory
    clock: Clock
    pauses: Sequence[float] = PAUSES

    async def __call__(self, command: ImportFile, file: AsyncIterator[FileRecord[Record]]) -> AsyncIterator[Batch]:
        """Yield the result of each batch once it is committed. Raises NeighbourUnavailable or LeaseLost."""
        behind, seen = (record async for record in file if record.number > command.already), SeenRecords()
        async for records in in_batches(behind, of=AT_ONCE):
            try:
                batch = await self._take(records, command, seen)
            except (Conflict, OutOfDate):  # concurrent acts interfered again and again
                for record in records:
                    yield await self._take_alone(record, command, seen)
            else:
                yield batch

    async def _take_alone(self, record: FileRecord[Record], command: ImportFile, seen: SeenRecords) -> Batch:
        try:
            return await self._take([record], command, seen)
        except (Conflict, OutOfDate) as error:
            return Batch(Counts(read=1, failed=1), tuple(record.errors(error)), left_out_of([record]))

    async def _take(self, records: Sequence[FileRecord[Record]], command: ImportFile, seen: SeenRecords) -> Batch:
        report, entries = _Report(left_out_of(records)), list[_Entry[Record]]()
        for record in records:
            if isinstance(record.content, LibraryError):
                report.fail(record, record.content)
            else:
                entries.append(_Entry.of(record, record.content))
        answered = [
            (entry, answer)
            for entry, answer in await self._ask(await self._changed(entries, report))
            if not report.failed(entry.record, answer) and not report.repeats(entry, seen)
        ]
        if answered:
            report = await self._keep_or_retry(answered, command, report)
        if command.dry_run:
            report.remember_in(seen)
        return report.batch()

    async def _changed(self, entries: Sequence[_Entry[Record]], report: "_Report") -> list[_Entry[Record]]:
        """Return the entries that are new or changed."""
        async with self.unit_of_work() as uow:
            before = await uow.former.came_before(self.kind.what, [entry.key for entry in entries])
        new = [entry for entry in entries if _digest_of(before.get(entry.key)) != entry.digest]
        report.skip(len(entries) - len(new))
        return new

    async def _ask(self, entries: Sequence[_Entry[Record]]) -> list[tuple[_Entry[Record], Any]]:
        """Return each entry with its answer, or with the error of what was not found."""
        for pause in (*self.pauses, None):
            answers = await asyncio.gather(*(self.kind.ask(each.former) for each in entries), return_exceptions=True)
            away = next((answer for answer in answers if isinstance(answer, NeighbourUnavailable)), None)
            if away is None:
                break
            if pause is None:
                raise away
            await asyncio.sleep(pause)
        for answer in answers:
            if isinstance(answer, BaseException) and not isinstance(answer, LibraryError):
                raise answer
        return list(zip(entries, answers, strict=True))

    async def _keep_or_retry(
        self, answered: Sequence[tuple[_Entry[Record], Answer]], command: ImportFile, report: "_Report"
    ) -> "_Report":
        """Import a batch in one transaction, and return the completed report."""
        for _ in range(_MOST_TRIES - 1):
            try:
                return await self._keep(answered, command, report.copy())
            except (Conflict, OutOfDate):
                continue
        return await self._keep(answered, command, report.copy())

    async def _keep(
        self, answered: Sequence[tuple[_Entry[Record], Answer]], command: ImportFile, report: "_Report"
    ) -> "_Report":
        what = self.kind.what
        async with self.unit_of_work(by=command.by or SYSTEM) as uow:
            work = await self.kind.open(uow, [answer for _, answer in answered])
            before = await uow.former.came_before(what, [entry.key for entry, _ in answered])
            for entry, answer in answered:
                earlier = before.get(entry.key)
                if earlier is not None and earlier.digest == entry.digest:
                    report.skip(1)
                    continue
                try:
                    taken = await work.take(
                        entry.former, answer, thing_id=None if earlier is None else earlier.thing_id
                    )
                except LibraryError as error:
                    report.fail(entry.record, error)
                    continue
                report.note(entry, taken)
                before[entry.key] = CameBefore(taken.thing_id, entry.digest)
                uow.former.note(what, entry.key, before[entry.key])
            if not command.dry_run:
                await command.note(uow.imports, report.batch())
                await uow.commit(imported=True)
        return report


class _Report:
    """What became of the records of a batch so far."""

    def __init__(self, left_out: Mapping[str, int]) -> None:
        self.counts = Counts()
        self.errors: list[RecordError] = []
        self.taken: list[tuple[UUID, UUID]] = []
        self._left_out = left_out

    def copy(self) -> "_Report":
        """Return a copy to continue with."""
        other = _Report(self._left_out)
        other.counts, other.errors, other.taken = self.counts, [*self.errors], [*self.taken]
        return other

    def fail(self, record: FileRecord[Any], error: LibraryError) -> None:
        self.counts += Counts(read=1, failed=1)
        self.errors += record.errors(error)

    def failed(self, record: FileRecord[Any], answer: object) -> bool:
        """Return whether the record names something that was not found, and note that."""
        if isinstance(answer, LibraryError):
            self.fail(record, answer)
        return isinstance(answer, LibraryError)

    def repeats(self, entry: _Entry[Any], seen: SeenRecords) -> bool:
        """Return whether an earlier batch of a dry run had this record, and note the result."""
        again = seen.again([entry.key], entry.digest)
        if again is not None:
            self.counts += again
            seen.note([entry.key], entry.digest)
        return again is not None

    def remember_in(self, seen: SeenRecords) -> None:
        """Let later batches of a dry run recognise the records that would have been imported."""
        for key, digest in self.taken:
            seen.note([key], digest)

    def skip(self, number: int) -> None:
        self.counts += Counts(read=number, skipped=number)

    def note(self, entry: _Entry[Any], taken: Taken) -> None:
        self.counts += _COUNTED[taken.outcome]
        self.taken.append((entry.key, entry.digest))
        for remark in taken.remarks:
            self.errors += entry.record.errors(remark)

    def batch(self) -> Batch:
        return Batch(self.counts, tuple(sorted(self.errors, key=lambda error: error.record)), self._left_out)


def _digest_of(earlier: CameBefore | None) -> UUID | None:
    return None if earlier is None else earlier.digest


def _digest(content: object) -> UUID:
    return UUID(bytes=hashlib.blake2b(repr(content).encode(), digest_size=16).digest())
