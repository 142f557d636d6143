"""Runs the migrations on the connection that `shared.persistence.migrating.migrations` hands over."""

from alembic import context

from members_service.persistence.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
