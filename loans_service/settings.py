"""Every setting of the loans service, validated once at start."""

import json
from typing import Annotated

from pydantic import BeforeValidator, Field, SecretStr
from pydantic_settings import NoDecode

from loans_service.domain.privacy.retention import ENDED
from shared.configuration import DatabaseUrl, HostNames, PortNumber, Prefix, ServiceSettings, WebAddress
from shared.trusted import AllowedHosts

KeptDays = Annotated[int, Field(ge=0, le=36_500)]


def _by_status(value: object) -> object:
    """Read days by status. Raises ValueError for what is none, or a status in which nothing ends."""
    try:
        days = json.loads(value) if isinstance(value, str) else value
    except ValueError:
        days = None
    if not isinstance(days, dict):
        raise ValueError('it must be a JSON object, such as {"returned": 30}')
    if unknown := sorted(days.keys() - set(ENDED)):
        raise ValueError(f"{unknown[0]!r} is no way in which something ends; these are: {', '.join(ENDED)}")
    return days


class BackgroundSettings(ServiceSettings):
    """What every process reads, and all that `migrate` and `sweep` do: they ask no neighbour."""

    database_url: DatabaseUrl = Field(
        validation_alias="LOANS_DATABASE_URL", description="postgresql+asyncpg://… or sqlite+aiosqlite:///…"
    )
    database_direct_url: DatabaseUrl | None = Field(
        default=None,
        validation_alias="LOANS_DATABASE_DIRECT_URL",
        description="the database past the transaction pooler that LOANS_DATABASE_URL names; only where there is one",
    )
    database_pool_size: int = Field(
        default=10,
        ge=1,
        le=200,
        validation_alias="LOANS_DATABASE_POOL_SIZE",
        description="most connections of one process to the database",
    )
    metrics_port: PortNumber | None = Field(
        default=None,
        validation_alias="LOANS_METRICS_PORT",
        description="a port for /metrics alone; without one it is answered on the port of the service",
    )
    database_app_role: str | None = Field(
        default=None,
        validation_alias="LOANS_DATABASE_APP_ROLE",
        description="the PostgreSQL role that serves, to which `migrate` grants what it needs",
    )
    library_currency: str = Field(
        default="EUR", pattern="^[A-Z]{3}$", description="ISO 4217 code of the money in which fines are kept"
    )
    kept_days: Annotated[dict[str, KeptDays], NoDecode, BeforeValidator(_by_status)] = Field(
        default_factory=dict,
        validation_alias="LOANS_KEPT_DAYS",
        description="JSON: days until who it was is forgotten, by how it ended: `returned`, `lost_and_paid`, `missing`"
        " loans, `fulfilled`, `cancelled`, `expired` holds, `paid`, `waived` charges; else the policy's"
        " `keep_history_days`",
    )
    imports_kept_days: int = Field(
        default=30,
        ge=1,
        le=3_650,
        validation_alias="LOANS_IMPORTS_KEPT_DAYS",
        description="days for which imports that ended, and their errors, can be looked at",
    )


class WorkerSettings(BackgroundSettings):
    """What `relay` reads besides: it asks books which copies may be pulled for those who wait."""

    books_url: WebAddress = Field(
        validation_alias="LOANS_BOOKS_URL", description="where loans finds books, such as http://books:8000"
    )
    members_url: WebAddress = Field(
        validation_alias="LOANS_MEMBERS_URL",
        description="where the other services find members, such as http://members:8000",
    )
    client_id: str = Field(
        default="loans", validation_alias="LOANS_CLIENT_ID", description="the client by which loans signs in at members"
    )
    client_secret: SecretStr = Field(
        validation_alias="LOANS_CLIENT_SECRET", description="the secret of that client, of at least 32 characters"
    )


class Settings(WorkerSettings):
    """What `serve` reads besides. Each setting may also be read from the file that `NAME_FILE` names."""

    root_path: Prefix = Field(
        default="",
        validation_alias="LOANS_ROOT_PATH",
        description="the prefix under which a gateway shows loans, such as /loans",
    )
    allowed_hosts: HostNames = Field(
        default=AllowedHosts(),
        validation_alias="LOANS_ALLOWED_HOSTS",
        description="names that Host may say, with commas; without any, it may say anything",
    )
