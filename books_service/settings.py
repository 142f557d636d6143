"""Every setting of the books service, validated once at start."""

from pathlib import Path

from pydantic import Field

from shared.configuration import DatabaseUrl, HostNames, PortNumber, Prefix, ServiceSettings, WebAddress
from shared.trusted import AllowedHosts


class Settings(ServiceSettings):
    """The settings of contract and chart; each may also be read from the file that `NAME_FILE` names."""

    database_url: DatabaseUrl = Field(
        validation_alias="BOOKS_DATABASE_URL",
        description="the address of the database (postgresql+asyncpg://… or sqlite+aiosqlite:///…)",
    )
    database_direct_url: DatabaseUrl | None = Field(
        default=None,
        validation_alias="BOOKS_DATABASE_DIRECT_URL",
        description="the database past the transaction pooler that BOOKS_DATABASE_URL names; only where there is one",
    )
    database_pool_size: int = Field(
        default=10,
        ge=1,
        le=200,
        validation_alias="BOOKS_DATABASE_POOL_SIZE",
        description="most connections of one process to the database",
    )
    database_app_role: str | None = Field(
        default=None,
        validation_alias="BOOKS_DATABASE_APP_ROLE",
        description="the PostgreSQL role that serves, to which `migrate` grants what it needs",
    )
    root_path: Prefix = Field(
        default="",
        validation_alias="BOOKS_ROOT_PATH",
        description="the prefix under which a gateway shows books, such as /books",
    )
    allowed_hosts: HostNames = Field(
        default=AllowedHosts(),
        validation_alias="BOOKS_ALLOWED_HOSTS",
        description="names that Host may say, with commas; without any, it may say anything",
    )
    metrics_port: PortNumber | None = Field(
        default=None,
        validation_alias="BOOKS_METRICS_PORT",
        description="a port for /metrics alone; without one it is answered on the port of the service",
    )
    library_currency: str = Field(
        default="EUR", pattern="^[A-Z]{3}$", description="ISO 4217 code of the money in which copies are priced"
    )
    members_url: WebAddress = Field(
        default="http://127.0.0.1:8002",
        validation_alias="LOANS_MEMBERS_URL",
        description="where the other services find members, such as http://members:8000",
    )
    spool_folder: Path | None = Field(
        default=None,
        validation_alias="BOOKS_SPOOL_FOLDER",
        description="where uploaded files wait on their way into the database; by default the system's folder",
    )
    imports_kept_days: int = Field(
        default=30,
        ge=1,
        le=3650,
        validation_alias="BOOKS_IMPORTS_KEPT_DAYS",
        description="days after which what is known of a finished import is removed",
    )
