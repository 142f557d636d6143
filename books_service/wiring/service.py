"""What the service is, and its database."""

from functools import partial

from books_service.adapters.messages import MUST_ARRIVE, SCHEMAS
from books_service.adapters.sql_rights import RIGHTS
from books_service.adapters.sql_tables import map_model, plumbing
from books_service.listeners import loan_events
from shared import service
from shared.service import Service

SERVICE = Service(
    name="books",
    package="books_service",
    map_model=map_model,
    tables=plumbing,
    rights=RIGHTS,
    publishes=SCHEMAS,
    must_arrive=MUST_ARRIVE,
    reads=loan_events.SCHEMAS,
)

database_of = partial(service.database_of, SERVICE)
finish_migration = partial(service.grant_rights, SERVICE)
