"""What the service is, and its database."""

from dataclasses import replace
from functools import partial

from sqlalchemy.ext.asyncio import AsyncConnection

from members_service.domain.rights import SEE_CONTACTS, STATISTICS
from members_service.domain.statistics import ACTS, ATOMS
from members_service.listeners import borrower_events, loan_events
from members_service.persistence.audit import keep_records_for
from members_service.persistence.identity import messages as account_messages
from members_service.persistence.membership.messages import MUST_ARRIVE, SCHEMAS
from members_service.persistence.membership.tables import history_entries
from members_service.persistence.notices import message_events
from members_service.persistence.rights import RIGHTS
from members_service.persistence.tables import map_model, plumbing
from members_service.settings import BackgroundSettings
from shared import service
from shared.persistence.cube.counted_rows import CountedRows
from shared.service import Counted, Service

# Lending fills annual forms in, for people who see persons there (decision 357).
_SEES_FIGURES_OF_FEW = replace(SEE_CONTACTS, scopes=(*SEE_CONTACTS.scopes, "members:standing"))

RECORDS = CountedRows(ACTS, history_entries, key="happening_id")

SERVICE = Service(
    name="members",
    package="members_service",
    map_model=map_model,
    tables=plumbing,
    rights=RIGHTS,
    counts=Counted(ATOMS, STATISTICS, _SEES_FIGURES_OF_FEW, lambda _: (RECORDS,)),
    publishes=SCHEMAS | account_messages.SCHEMAS | message_events.SCHEMAS,
    must_arrive=MUST_ARRIVE,
    reads=borrower_events.SCHEMAS | loan_events.SCHEMAS,
)

database_of = partial(service.database_of, SERVICE)


async def finish_migration(settings: BackgroundSettings, connection: AsyncConnection) -> None:
    """Say how long audit records are kept, and grant the role that serves what it needs; last in each migration."""
    await keep_records_for(connection, days=settings.audit_kept_days)
    await service.grant_rights(SERVICE, settings, connection)
