"""The use cases of privacy, bound to what they need."""

from dataclasses import dataclass
from datetime import timedelta, tzinfo

from members_service.application.privacy.begin_erasure import BeginErasure
from members_service.application.privacy.erase_expired import EraseExpired
from members_service.application.privacy.erase_member import EraseAgain, EraseMember
from members_service.application.privacy.export_person import ExportPerson
from members_service.application.privacy.queries import AuditQueries, ExpiredMemberships, PersonalRecordQueries
from members_service.application.privacy.undo_members import Borrowing, UndoMembers
from members_service.application.privacy.work import PrivacyWorkFactory
from shared.kernel.clock import Clock


@dataclass(frozen=True, slots=True)
class PrivacyPorts:
    """What privacy is given. `expired_kept_for` is how long members stay whose membership ended; None: for ever."""

    unit_of_work: PrivacyWorkFactory
    audit: AuditQueries
    records: PersonalRecordQueries
    expired: ExpiredMemberships
    borrowing: Borrowing
    expired_kept_for: timedelta | None
    clock: Clock
    zone: tzinfo


class PrivacyUseCases:
    """Everything that can be asked for about what is kept of a person; `audit` shows who did what."""

    def __init__(self, ports: PrivacyPorts) -> None:
        unit_of_work, clock, zone = ports.unit_of_work, ports.clock, ports.zone
        self.begin_erasure = BeginErasure(unit_of_work, clock)
        self.erase_again = EraseAgain(unit_of_work, ports.audit, clock)
        self.erase_member = EraseMember(unit_of_work, clock)
        self.erase_expired = EraseExpired(ports.expired, self.begin_erasure, clock, zone, ports.expired_kept_for)
        self.undo_members = UndoMembers(unit_of_work, ports.borrowing, clock)
        self.export_person = ExportPerson(unit_of_work, ports.records, clock, zone)
        self.audit = ports.audit
