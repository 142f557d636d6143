"""Runs the migrations on the connection that `shared.persistence.migrating.migrations` hands over."""

from alembic import context

from loans_service.adapters import sql_import_tables  # noqa: F401 - declares its tables beside the others
from loans_service.adapters.fines import sql_fine_tables  # noqa: F401 - so does it
from loans_service.adapters.sql_tables import borrowers

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=borrowers.metadata, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
