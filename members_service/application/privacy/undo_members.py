"""Undo an import of members, as long as nothing hangs on whom it brought."""

from collections.abc import AsyncIterator, Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol
from uuid import UUID

from members_service.application.privacy.erase_member import erase_everything
from members_service.application.privacy.work import PrivacyWork, PrivacyWorkFactory
from members_service.domain.membership.came_before import GUARDIANS
from members_service.domain.membership.guardian import guardians_in, guardians_json
from members_service.domain.membership.member import Member
from members_service.domain.membership.member_events import MemberLeaving
from members_service.domain.taking_back import AGAIN, VERSION, ImportedMember, WasHereBefore
from shared.kernel.clock import Clock
from shared.kernel.errors import LibraryError
from shared.kernel.file_records import Batch, Counts, FileUnusable, RecordError
from shared.kernel.ids import new_id
from shared.kernel.import_undo import ChangedSinceImport, ImportedBatch, ImportedChange
from shared.kernel.imports import ImportFile, ImportJob, LeaseLost

AT_ONCE = 10
"""So many members are taken back in one transaction: each is many statements, and desks write meanwhile."""
_VERSIONS, _MET = "versions", "met"
"""What a batch keeps besides of the undo that met it."""
_BACK, _GONE, _STAYS = Counts(read=1, updated=1), Counts(read=1, skipped=1), Counts(read=1, failed=1)

_Key = tuple[str, str, int]


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
        undone = _Undone(read=0 if command.dry_run else command.already)
        while (outcome := await self._take_back(undone, job, command)) is not None:
            undone.read += outcome.counts.read
            if not command.dry_run or undone.read > command.already:
                yield outcome
        if not (command.dry_run or undone.anything_stays):
            async with self.unit_of_work() as uow:
                await uow.imports.drop(job)
                await uow.commit(imported=True)

    async def _take_back(self, undone: "_Undone", job: ImportJob, command: ImportFile) -> Batch | None:
        """Take back a part of the last batch that is left; return the outcome, or None when there is none."""
        async with self.unit_of_work() as uow:
            batch = await uow.imports.last(job, below=undone.below)
        if batch is None:
            return None
        undone.remember(batch)
        unmet = [change for change in batch.changes if _key(change) not in _met(batch, job)]
        at_once = len(unmet) if command.dry_run else AT_ONCE
        some, rest = unmet[-at_once:], unmet[:-at_once]
        outcome = Batch(Counts())
        if some:
            borrowers = await self._stop_serving({UUID(each.thing_id) for each in some if each.made}, command)
            async with self.unit_of_work() as uow:
                taking = _TakingBack(uow, undone, borrowers, clock=self.clock, job=job, command=command)
                batch = await taking.take(some)
                outcome = taking.outcome
                if not command.dry_run:
                    await uow.imports.leave(job, batch, is_met=False)
                    await command.note(uow.imports, outcome)
                    await uow.commit(imported=True)
        undone.anything_stays |= bool(batch.changes)
        undone.below = batch.number + 1 if rest else batch.number
        return outcome

    async def _stop_serving(self, made: Collection[UUID], command: ImportFile) -> Collection[UUID]:
        """Let nobody serve these members any more; return who of them borrows, or did.

        Lending is asked before, so that who borrows is served all the while, and again once desks are told that the
        others are leaving: what was lent in between counts. It hears of no leaving yet, or it would clear them.
        """
        if not made:
            return ()
        borrowers = frozenset(await self.borrowing.borrowers(made))
        others = {*made} - borrowers
        if command.dry_run or not others:
            return borrowers
        await self._move(others, lambda member: member.stop_serving(now=self.clock.now()))
        try:
            return borrowers | frozenset(await self.borrowing.borrowers(others))
        except LibraryError:  # nobody can say: they are served until lending can
            await self._move(others, Member.serve_again)
            raise

    async def _move(self, member_ids: Collection[UUID], how: Callable[[Member], None]) -> None:
        async with self.unit_of_work() as uow:
            for member_id in await uow.imported_members.on_record(member_ids):
                how(await uow.members.get(member_id))
            await uow.commit(imported=True)


def _key(change: ImportedChange) -> _Key:
    return change.kind, change.thing_id, change.version


def _met(batch: ImportedBatch, job: ImportJob) -> set[_Key]:
    """Return what this undo has met in the batch and left; another one tries it again."""
    by, keys = batch.more.get(_MET, ("", ()))
    return {(kind, thing_id, version) for kind, thing_id, version in keys} if by == str(job.import_id) else set()


@dataclass(slots=True)
class _Undone:
    """What was undone so far: which versions members have, and who stands in for whom no more.

    `versions` holds for each member the version that an undo left it with, and the one that it had before the import
    changed it: one who has another by now was changed by somebody. The batches keep it, for whoever goes on.
    """

    read: int
    versions: dict[UUID, tuple[int, int]] = field(default_factory=dict)
    wards_gone: set[tuple[UUID, UUID]] = field(default_factory=set)
    below: int | None = None
    anything_stays: bool = False

    def remember(self, batch: ImportedBatch) -> None:
        """Take over what was known when this batch was met before."""
        for member_id, (left, without) in batch.more.get(_VERSIONS, {}).items():
            self.versions.setdefault(UUID(member_id), (left, without))


class _TakingBack:
    """Some members of one batch, in one transaction."""

    def __init__(
        self,
        uow: PrivacyWork,
        undone: _Undone,
        borrowers: Collection[UUID],
        *,
        clock: Clock,
        job: ImportJob,
        command: ImportFile,
    ) -> None:
        self._uow = uow
        self._undone = undone
        self._borrowers = borrowers
        self._now = clock.now()
        self._job = job
        self._command = command
        self._versions: dict[UUID, tuple[int, int]] = {}
        self._wards: dict[UUID, Member] = {}
        self.outcome = Batch(Counts())

    async def take(self, some: Sequence[ImportedChange]) -> ImportedBatch:
        """Take back some of what the last batch did, the last first; return what is left of the batch."""
        self._here = dict(await self._uow.imported_members.on_record({UUID(each.thing_id) for each in some}))
        # It is read once more behind the locks of its members: somebody may have been erased, and taken out of it.
        batch = await self._uow.imports.last(self._job, below=self._undone.below)
        present = {_key(each) for each in batch.changes} if batch is not None else set[_Key]()
        changes = [each for each in some if _key(each) in present]
        left = await self._take([*reversed(changes)])
        if batch is None:
            raise LeaseLost
        gone = {_key(each) for each in changes} - left
        met = _met(batch, self._job) | left
        versions = {str(each): pair for each, pair in self._versions.items()}
        more: dict[str, Any] = {_VERSIONS: {**batch.more.get(_VERSIONS, {}), **versions}}
        if met:
            more[_MET] = str(self._job.import_id), sorted(met)
        return replace(batch, changes=[each for each in batch.changes if _key(each) not in gone], more=more)

    async def _take(self, changes: Sequence[ImportedChange]) -> set[_Key]:
        """Return the keys of what stays."""
        counts, errors, left, stay = Counts(), list[RecordError](), set[_Key](), set[UUID]()
        for change in changes:
            member = self._here.get(UUID(change.thing_id))
            if member is None:
                counts += _GONE
                continue
            try:
                counts += await self._take_one(member, change)
            except LibraryError as refusal:
                counts += _STAYS
                left.add(_key(change))
                if change.made:
                    stay.add(member.member_id)
                number = self._undone.read + counts.read
                errors.append(RecordError(number, member.card_number, refusal.code, refusal.detail))
        if not self._command.dry_run:
            for member_id in sorted(stay):
                (await self._uow.members.get(member_id)).serve_again()
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
            pair = present, change.fields[VERSION][0]
            self._undone.versions[member.member_id] = self._versions[member.member_id] = pair

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
            facts = {"import_id": str(self._job.undoes)}
            await erase_everything(person, uow=self._uow, now=self._now, by=self._command.by, facts=facts)
        del self._here[member.member_id]
        return _BACK

    async def _part(self, ward: ImportedMember, change: ImportedChange) -> Counts:
        """Let those stand in for a member who did so before."""
        # Loaded once: a file may have given the guardians of one member twice.
        person = self._wards.get(ward.member_id) or await self._uow.members.get(ward.member_id)
        self._wards[ward.member_id] = person
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
        self._here[ward.member_id] = replace(ward, version=present)
        return _BACK
