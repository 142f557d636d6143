"""What the service is, and its database."""

from functools import partial

from loans_service.domain.rights import SEE_CONTACTS, STATISTICS
from loans_service.domain.statistics.atoms import ATOMS
from loans_service.listeners import copy_events, member_events
from loans_service.persistence.messages import MUST_ARRIVE, SCHEMAS
from loans_service.persistence.rights import RIGHTS
from loans_service.persistence.tables import plumbing
from shared import service
from shared.service import Counted, Service

SERVICE = Service(
    name="loans",
    package="loans_service",
    tables=plumbing,
    rights=RIGHTS,
    counts=Counted(ATOMS, STATISTICS, SEE_CONTACTS),
    publishes=SCHEMAS,
    must_arrive=MUST_ARRIVE,
    reads=member_events.SCHEMAS | copy_events.SCHEMAS,
)

database_of = partial(service.database_of, SERVICE)
finish_migration = partial(service.grant_rights, SERVICE)
