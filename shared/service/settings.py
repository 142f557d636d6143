"""The settings of every service with names that begin with its own."""

from typing import Literal

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from shared.configuration import DatabaseUrl, Folder, PortNumber, ServiceSettings


class OwnSettings(ServiceSettings):
    """The settings of a service with a database. A subclass sets the prefix: `model_config = named_by("BOOKS")`.

    Its database is then `BOOKS_DATABASE_URL`. Fields that a subclass adds have names of their own.
    """

    database_url: DatabaseUrl = Field(
        description="the address of the database (postgresql+asyncpg://… or sqlite+aiosqlite:///…)"
    )
    database_direct_url: DatabaseUrl | None = Field(
        None, description="the database itself, where that of DATABASE_URL is a transaction pooler in front of it"
    )
    database_pool_size: int = Field(
        10, ge=2, le=200, description="most connections of one process to the database; a relay needs one to lead"
    )
    database_app_role: str | None = Field(
        None, description="the PostgreSQL role that serves, to which `migrate` grants what it needs"
    )
    metrics_port: PortNumber | None = Field(
        None, description="a port for /metrics alone; without one it is answered on the port of the service"
    )
    spool_folder: Folder | None = Field(
        None, description="where uploaded files wait on their way into the database; by default the system's folder"
    )
    imports_in: Literal["serve", "relay"] = Field(
        "serve",
        description="which process works on imports: say relay wherever one runs, so that requests need not wait",
    )
    imports_kept_days: int = Field(
        30, ge=1, le=3_650, description="days for which imports that ended, and their errors, can be looked at"
    )


def named_by(service: str) -> SettingsConfigDict:
    """Return the configuration that reads these settings under names that begin with `service`."""
    own = OwnSettings.__annotations__.keys()
    return SettingsConfigDict(
        alias_generator=lambda field: f"{service}_{field.upper()}" if field in own else field.upper()
    )
