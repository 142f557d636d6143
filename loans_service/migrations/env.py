"""Runs the migrations on the connection that `shared.persistence.migrating.migrations` hands over."""

from alembic import context

from loans_service.persistence import import_tables  # noqa: F401 - declares its tables beside the others
from loans_service.persistence.fines import fine_tables, kept_sums  # noqa: F401 - so do they
from loans_service.persistence.reports import report_tables  # noqa: F401 - and it
from loans_service.persistence.tables import borrowers
from loans_service.persistence.tills import till_tables  # noqa: F401 - and it

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=borrowers.metadata, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
