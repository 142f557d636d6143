"""Runs the migrations of a service with Alembic. Imported only where there is something to migrate."""

import io

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection

from shared.persistence.migrating.schema import mark


def upgrade(connection: Connection, package: str) -> None:
    """Run the migrations of `package` that are missing."""
    command.upgrade(alembic_config(package, connection), "head")
    mark(connection, package)


def alembic_config(package: str, connection: Connection | None = None) -> Config:
    """Return Alembic's configuration for the migrations in `package`; they find the connection in its attributes."""
    config = Config(stdout=io.StringIO())
    config.set_main_option("script_location", f"{package}:migrations")
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config
