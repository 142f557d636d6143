"""Runs the migrations on the connection that `shared.persistence.migrations` hands over."""

from alembic import context

from loans_service.adapters.sql_tables import borrowers

context.configure(connection=context.config.attributes["connection"], target_metadata=borrowers.metadata, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
