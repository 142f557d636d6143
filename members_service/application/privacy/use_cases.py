"""Everything that can be asked of privacy."""

from dataclasses import dataclass

from members_service.application.privacy.begin_erasure import BeginErasure
from members_service.application.privacy.erase_again import EraseAgain
from members_service.application.privacy.export_person import ExportPerson
from members_service.application.privacy.queries import AuditQueries


@dataclass(frozen=True, slots=True)
class PrivacyUseCases:
    """The use cases of privacy, bound to what they need."""

    begin_erasure: BeginErasure
    erase_again: EraseAgain
    export_person: ExportPerson
    audit: AuditQueries
