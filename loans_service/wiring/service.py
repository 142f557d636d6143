"""What the service is, and its database."""

from functools import partial
from zoneinfo import ZoneInfo

from loans_service.domain.rights import SEE_CONTACTS, STATISTICS
from loans_service.domain.statistics.atoms import ATOMS
from loans_service.listeners import copy_events, member_events
from loans_service.persistence.messages import MUST_ARRIVE, SCHEMAS
from loans_service.persistence.rights import RIGHTS
from loans_service.persistence.statistics.records import HistoryRecords, HoldRecords, LedgerRecords
from loans_service.persistence.tables import plumbing
from shared import service
from shared.persistence.cube.recounting import Records
from shared.service import Counted, Service
from shared.service.settings import OwnSettings


def _records(settings: OwnSettings) -> tuple[Records, ...]:
    return HistoryRecords(ZoneInfo(settings.library_timezone)), LedgerRecords(), HoldRecords()


SERVICE = Service(
    name="loans",
    package="loans_service",
    tables=plumbing,
    rights=RIGHTS,
    counts=Counted(ATOMS, STATISTICS, SEE_CONTACTS, _records),
    publishes=SCHEMAS,
    must_arrive=MUST_ARRIVE,
    reads=member_events.SCHEMAS | copy_events.SCHEMAS,
)

database_of = partial(service.database_of, SERVICE)
finish_migration = partial(service.grant_rights, SERVICE)
