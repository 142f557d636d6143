"""The use cases of privacy."""

from datetime import timedelta

from members_service.application.privacy.begin_erasure import BeginErasure
from members_service.application.privacy.erase_again import EraseAgain
from members_service.application.privacy.erase_expired import EraseExpired
from members_service.application.privacy.export_person import ExportPerson
from members_service.application.privacy.queries import AuditQueries, ExpiredMemberships, PersonalRecordQueries
from members_service.application.privacy.use_cases import PrivacyUseCases
from members_service.wiring.resources import Opened, Resources


def privacy_of(resources: Resources) -> PrivacyUseCases:
    """Return the use cases of privacy, bound to what is open."""
    unit_of_work, clock = resources.unit_of_work, resources.clock
    audit, records = AuditQueries(resources.database), PersonalRecordQueries(resources.database, resources.data_keys)
    return PrivacyUseCases(
        begin_erasure=BeginErasure(unit_of_work, clock),
        erase_again=EraseAgain(unit_of_work, audit, clock),
        export_person=ExportPerson(unit_of_work, records, clock, resources.zone),
        audit=audit,
    )


def erase_expired_of(resources: Opened) -> EraseExpired:
    """Return what erases those whose membership ended as long ago as the settings say."""
    days, clock = resources.settings.expired_kept_days, resources.clock
    return EraseExpired(
        ExpiredMemberships(resources.database),
        BeginErasure(resources.unit_of_work, clock),
        clock,
        resources.zone,
        None if days is None else timedelta(days=days),
    )
