"""Hand out everything that is known about a person."""

from dataclasses import dataclass
from datetime import datetime, tzinfo
from uuid import UUID

from members_service.application.privacy.personal_record import PersonalRecord
from members_service.application.privacy.queries import PersonalRecordQueries
from members_service.application.privacy.work import PrivacyWorkFactory
from members_service.domain.audit import AuditAction, AuditRecord
from members_service.domain.membership.membership import day_in
from members_service.domain.unknown_member import MemberNotFound
from shared.kernel.clock import Clock
from shared.kernel.errors import refuses


@dataclass(frozen=True, slots=True)
class Export:
    """Whose data to export; with `only_of`, anybody else is unknown. `by` asks, from `address`."""

    member_id: UUID
    only_of: UUID | None = None
    by: str | None = None
    address: str | None = None


@dataclass(frozen=True, slots=True)
class PersonExport:
    """What was known at that moment."""

    exported_at: datetime
    record: PersonalRecord


@refuses(MemberNotFound)
@dataclass(frozen=True, slots=True)
class ExportPerson:
    """Hand out everything that is known here about a person, in one document.

    - Profile, cards, suspensions and blocks, history, accounts, how far their roles go and as whom they sign in
      elsewhere, sign-ins, and the audit records that are about the person; not the hash of a password, nor what stands
      for a token.
    - Members are not told what staff wrote for one another, nor who of them did something: an admin exports that, too,
      and decides what of it concerns others as well.
    - What lending knows of the person is handed out by lending; the document says where.
    - That it was handed out, and to whom, is a record of the audit trail.
    """

    unit_of_work: PrivacyWorkFactory
    records: PersonalRecordQueries
    clock: Clock
    zone: tzinfo

    async def __call__(self, command: Export) -> PersonExport:
        """Raise MemberNotFound."""
        now = self.clock.now()
        record = await self.records.of(command.member_id, today=day_in(self.zone, at=now))
        member_id = record.member.member_id
        if command.only_of not in (None, member_id):
            raise MemberNotFound
        async with self.unit_of_work() as uow:
            exported = AuditAction.EXPORTED
            uow.audit.add(AuditRecord(exported, now, by=command.by, member_id=member_id, address=command.address))
            await uow.commit()
        own = command.only_of is not None
        return PersonExport(now, record.visible_to_member(account=command.by or "") if own else record)
