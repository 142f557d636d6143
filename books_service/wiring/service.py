"""What the service is, and its database."""

from functools import partial

from sqlalchemy.ext.asyncio import AsyncConnection

from books_service.domain.rights import STATISTICS
from books_service.domain.statistics import ACTS, ATOMS
from books_service.listeners import loan_events
from books_service.persistence.catalogue.books import file_own_isbns
from books_service.persistence.exchange.filing import file_new_books
from books_service.persistence.messages import MUST_ARRIVE, SCHEMAS
from books_service.persistence.past_tables import changes
from books_service.persistence.rights import RIGHTS
from books_service.persistence.tables import map_model, plumbing
from shared import service
from shared.persistence.cube.counted_rows import CountedRows
from shared.service import Counted, Service
from shared.service.settings import OwnSettings

RECORDS = CountedRows(ACTS, changes, key="sequence")

SERVICE = Service(
    name="books",
    package="books_service",
    map_model=map_model,
    tables=plumbing,
    rights=RIGHTS,
    counts=Counted(ATOMS, STATISTICS, STATISTICS, lambda _: (RECORDS,)),
    publishes=SCHEMAS,
    must_arrive=MUST_ARRIVE,
    reads=loan_events.SCHEMAS,
)

database_of = partial(service.database_of, SERVICE)


async def finish_migration(settings: OwnSettings, connection: AsyncConnection) -> None:
    """File what a release before has added, and grant the role that serves what it needs; last in each migration."""
    await file_own_isbns(connection)
    await file_new_books(connection)
    await service.grant_rights(SERVICE, settings, connection)
