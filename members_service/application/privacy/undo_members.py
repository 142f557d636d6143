"""Undo an import of members, as long as nothing hangs on whom it brought."""

from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol
from uuid import UUID

from members_service.application.privacy.erase_member import erase_everything
from members_service.application.privacy.work import PrivacyWork, PrivacyWorkFactory
from members_service.domain.membership.came_before import GUARDIANS
from members_service.domain.membership.guardian import guardians_in, guardians_json
from members_service.domain.membership.member_events import MemberLeaving
from members_service.domain.taking_back import AGAIN, VERSION, ImportedMember, WasHereBefore
from shared.kernel.clock import Clock
from shared.kernel.errors import LibraryError
from shared.kernel.file_records import Batch, Counts, FileUnusable, RecordError
from shared.kernel.ids import new_id
from shared.kernel.import_undo import ChangedSinceImport, ImportedChange
from shared.kernel.imports import ImportFile, ImportJob

AT_ONCE = 10
"""So many members are taken back in one transaction: each is many statements, and desks write meanwhile."""
_BACK, _GONE, _STAYS = Counts(read=1, updated=1), Counts(read=1, skipped=1), Counts(read=1, failed=1)


class LendingNotSetUp(FileUnusable):
    """Nobody can be asked who borrows."""

    code = "lending-not-set-up"
    detail = (
        "Whom an import brought goes only if nothing was lent to them, and lending cannot be asked here: set "
        "MEMBERS_LOANS_URL for the process that works on imports."
    )


class Borrowing(Protocol):
    """Knows who borrows."""

    async def borrowers(self, member_ids: Collection[UUID]) -> Collection[UUID]:
        """Return who has, or had, a loan, a hold or a charge. Raises NeighbourUnavailable or LendingNotSetUp."""
        ...


@dataclass(frozen=True, slots=True)
class UndoMembers:
    """Undo an import of members batch by batch, from its last to its first, a few members at a time.

    - Whom it made goes, if nobody changed the record since, nobody uses an account of it, and neither lending nor
      anything else hangs on it: erased as a person who leaves is, but counted by no figure as one who left.
    - Guardians go as they came with the file, where nobody changed them since.
    - What else it changed in the records of others stays: what these said before is kept nowhere.
    - Who went is no longer known as having come: the same file brings them again.
    """

    unit_of_work: PrivacyWorkFactory
    borrowing: Borrowing
    clock: Clock

    async def __call__(self, job: ImportJob, command: ImportFile) -> AsyncIterator[Batch]:
        """Yield the outcome of each batch once it is committed. Raises LeaseLost or NeighbourUnavailable."""
        undone = _Undone()
        while (outcome := await self._take_back(undone, job, command)) is not None:
            undone.read += outcome.counts.read
            if not command.dry_run or undone.read > command.already:
                yield outcome

    async def _take_back(self, undone: "_Undone", job: ImportJob, command: ImportFile) -> Batch | None:
        """Take back the last batch that is left; return the outcome, or None when there is none."""
        async with self.unit_of_work() as uow:
            batch = await uow.imports.last(job, below=undone.below)
        if batch is None:
            return None
        unmet, staying = batch.changes[: len(batch.changes) - undone.staying], batch.changes[-undone.staying :]
        at_once = len(unmet) if command.dry_run else AT_ONCE
        some, rest = unmet[-at_once:], unmet[:-at_once]
        made = {UUID(each.thing_id) for each in some if each.made}
        borrowers = frozenset(await self.borrowing.borrowers(made)) if made else frozenset[UUID]()
        async with self.unit_of_work() as uow:
            taking = _TakingBack(uow, undone, borrowers, self.clock, command)
            left = [*await taking.take(some), *(staying if undone.staying else ())]
            if not command.dry_run:
                await uow.imports.leave(job, replace(batch, changes=[*rest, *left]), is_met=not rest)
                await command.note(uow.imports, taking.outcome)
                await uow.commit(imported=True)
        undone.staying = len(left) if rest else 0
        undone.below = batch.number + 1 if rest else batch.number
        return taking.outcome


@dataclass(slots=True)
class _Undone:
    """What was undone so far: which versions members have, and who stands in for whom no more.

    `versions` holds for each member the version that this undo left it with, and the one that it had before the import
    changed it: one who has another by now was changed by somebody.
    """

    versions: dict[UUID, tuple[int, int]] = field(default_factory=dict)
    wards_gone: set[tuple[UUID, UUID]] = field(default_factory=set)
    staying: int = 0  # of the batch below `below`, at its end
    below: int | None = None
    read: int = 0


class _TakingBack:
    """Some members of one batch, in one transaction."""

    def __init__(
        self, uow: PrivacyWork, undone: _Undone, borrowers: Collection[UUID], clock: Clock, command: ImportFile
    ) -> None:
        self._uow = uow
        self._undone = undone
        self._borrowers = borrowers
        self._now = clock.now()
        self._command = command
        self.outcome = Batch(Counts())

    async def take(self, changes: Sequence[ImportedChange]) -> list[ImportedChange]:
        """Take back what was done; return what stays."""
        self._here = await self._uow.imported_members.on_record({UUID(each.thing_id) for each in changes})
        counts, errors, left = Counts(), list[RecordError](), list[ImportedChange]()
        for change in changes:
            member = self._here.get(UUID(change.thing_id))
            if member is None:
                counts += _GONE
                continue
            try:
                counts += await self._take_one(member, change)
            except LibraryError as refusal:
                counts += _STAYS
                left.append(change)
                number = self._undone.read + counts.read
                errors.append(RecordError(number, member.card_number, refusal.code, refusal.detail))
        self.outcome = Batch(counts, tuple(errors))
        return left

    async def _take_one(self, member: ImportedMember, change: ImportedChange) -> Counts:
        if change.made:
            return await self._remove(member, change)
        if change.kind == GUARDIANS:
            return await self._part(member, change)
        self._note_version(member, change, member.version)
        if change.kind == AGAIN:
            return Counts()  # the record that made this member says what became of it
        raise WasHereBefore

    def _version(self, member: ImportedMember) -> int:
        """Return its version without what this undo has done."""
        left, without = self._undone.versions.get(member.member_id, (member.version, member.version))
        return without if left == member.version else member.version

    def _note_version(self, member: ImportedMember, change: ImportedChange, present: int) -> None:
        if self._version(member) == change.version:
            self._undone.versions[member.member_id] = present, change.fields[VERSION][0]

    async def _remove(self, member: ImportedMember, change: ImportedChange) -> Counts:
        parted = {each for each in member.wards if (member.member_id, each) in self._undone.wards_gone}
        replace(member, wards=member.wards - parted).expect_unused(
            imported_version=change.version,
            version=self._version(member),
            borrows=member.member_id in self._borrowers,
        )
        if not self._command.dry_run:
            person = await self._uow.members.get(member.member_id)
            # A desk that asked about the member a moment ago is refused by lending from now on.
            self._uow.publish(MemberLeaving(member.member_id, new_id(), self._now))
            await erase_everything(person, uow=self._uow, now=self._now)
        return _BACK

    async def _part(self, ward: ImportedMember, change: ImportedChange) -> Counts:
        """Let those stand in for a member who did so before."""
        person = await self._uow.members.get(ward.member_id)
        only = replace(change, fields={GUARDIANS: change.fields[GUARDIANS]})
        back, since = only.going_back({GUARDIANS: guardians_json(person.guardians)})
        if since:
            raise ChangedSinceImport(since)
        if not back:
            return _GONE
        before = guardians_in(back[GUARDIANS], today=self._now.date())
        there = await self._uow.imported_members.on_record({each.guardian_id for each in before})
        stay = [each for each in before if each.guardian_id in there]
        gone = {each.guardian_id for each in person.guardians} - {each.guardian_id for each in stay}
        self._undone.wards_gone |= {(guardian_id, ward.member_id) for guardian_id in gone}
        present = ward.version
        if not self._command.dry_run:
            person.edit(person.record, guardians=stay, by=self._command.by, now=self._now)
            await self._uow.imported.forget_guardians(ward.member_id)
            present = person.version
        self._note_version(ward, change, present)
        return _BACK
