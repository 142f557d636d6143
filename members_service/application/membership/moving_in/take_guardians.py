"""Put the guardians of a file on record, once all of its members are there."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from uuid import UUID

from members_service.application.membership.work import MembershipWork, MembershipWorkFactory
from members_service.domain.membership.came_before import GUARDIANS
from members_service.domain.membership.card_number import card_key
from members_service.domain.membership.filed_member import FiledMember
from members_service.domain.membership.guardian import (
    Guardian,
    GuardianReference,
    Permission,
    UnknownGuardian,
    guardians_json,
)
from members_service.domain.membership.member import Member
from members_service.domain.taking_back import VERSION
from members_service.domain.unknown_member import MemberNotFound
from shared.kernel.clock import Clock
from shared.kernel.errors import LibraryError
from shared.kernel.file_records import Batch, Counts, FileRecord, RecordError
from shared.kernel.import_undo import ImportedChange
from shared.kernel.imports import ImportFile

_AT_ONCE = 200


class GuardiansOfFile:
    """The guardians that the records of a file name, remembered until all of its members are there."""

    def __init__(self, unit_of_work: MembershipWorkFactory, clock: Clock, run: UUID, command: ImportFile) -> None:
        self._unit_of_work = unit_of_work
        self._run = run
        self._clock = clock
        self._command = command
        self._by = command.by
        self._protected = GUARDIANS in command.rules.protect
        self._noted: list[tuple[FileRecord[FiledMember], UUID | None]] = []

    def note(self, record: FileRecord[FiledMember], member_id: UUID | None = None) -> None:
        """Remember the guardians of a record. None: its member is found by the keys of the record, if taken in."""
        if isinstance(record.content, FiledMember) and record.content.guardians:
            bare = replace(record.content, values={}, pin=None)  # a file may be long
            self._noted.append((replace(record, content=bare), member_id))

    async def take(self) -> list[RecordError]:
        """Put them on record; return the errors."""
        errors: list[RecordError] = []
        for start in range(0, len(self._noted), _AT_ONCE):
            some = self._noted[start : start + _AT_ONCE]
            try:
                errors += await self._take(some)
            except LibraryError:  # another transaction got in between: one by one, so that the error names its record
                for one in some:
                    try:
                        errors += await self._take([one])
                    except LibraryError as error:
                        errors += one[0].errors(error)
        return errors

    async def _take(self, some: Sequence[tuple[FileRecord[FiledMember], UUID | None]]) -> list[RecordError]:
        errors: list[RecordError] = []
        today = self._clock.now().date()
        filed = [record.content for record, _ in some if isinstance(record.content, FiledMember)]
        card_numbers = {one.who.card_number for each in filed for one in each.guardians}
        async with self._unit_of_work() as uow:
            on_record = await uow.members.matching(filed)
            by_card = await uow.members.ids_of_cards({card for card in card_numbers if card is not None})
            before = await uow.imported.came_before({key for each in filed for key in each.keys})
            changes: list[ImportedChange] = []
            for (record, member_id), content in zip(some, filed, strict=True):
                try:
                    member = next((on_record[key] for key in content.keys if key in on_record), None) or (
                        None if member_id is None else await uow.members.get(member_id)
                    )
                    rows = {key: before[key] for key in content.keys if key in before}
                    fields = {GUARDIANS: content.guardians}
                    stay = member is not None and self._protected and member.guardians
                    if member is not None and not stay and (not rows or any(row.news(fields) for row in rows.values())):
                        guardians = [await _guardian(one, by_card, uow, today=today) for one in content.guardians]
                        was, version = guardians_json(member.guardians), member.version
                        member.edit(member.record, guardians=_once(guardians), by=self._by, now=self._clock.now())
                        if member.version != version:
                            changes.append(_change(member, was, version))
                        for key, row in rows.items():
                            before[key] = row.noting(fields, run=self._run)
                            uow.imported.note(key, before[key])
                except LibraryError as error:
                    errors += record.errors(error)
            await self._command.note(uow.imports, Batch(Counts()))
            await uow.imports.keep(changes, {}, behind=True)
            await uow.commit(imported=True)
        return errors


def _change(member: Member, was: object, version: int) -> ImportedChange:
    fields = {GUARDIANS: (was, guardians_json(member.guardians)), VERSION: (version, member.version)}
    return ImportedChange(GUARDIANS, str(member.id), member.version, fields=fields)


async def _guardian(
    reference: GuardianReference, by_card: Mapping[str, UUID], uow: MembershipWork, *, today: date
) -> Guardian:
    may = {Permission(word) for word in reference.may}
    if reference.who.card_number is not None:
        member_id = by_card.get(card_key(reference.who.card_number))
        if member_id is None:
            raise UnknownGuardian
        return Guardian(member_id=member_id, may=may, since=today, until=reference.until)
    try:
        member_id = await uow.members.id_of(reference.who)
    except MemberNotFound as error:
        raise UnknownGuardian from error
    return Guardian(member_id=member_id, may=may, since=today, until=reference.until)


def _once(guardians: Sequence[Guardian]) -> list[Guardian]:
    """Return each guardian once, with all of the permissions."""
    found: dict[UUID, Guardian] = {}
    for one in guardians:
        found.setdefault(one.guardian_id, one).may |= one.may
    return list(found.values())
