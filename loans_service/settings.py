"""Every setting of the loans service, validated once at start."""

import json
from typing import Annotated

from pydantic import BeforeValidator, Field
from pydantic_settings import NoDecode

from loans_service.domain.privacy.retention import ENDED
from loans_service.domain.reports.formula import GROUPS
from shared.configuration import ClientSecret, Currency, HostNames, Prefix, WebAddress
from shared.service.settings import OwnSettings, named_by
from shared.trusted import AllowedHosts

ItemType = Annotated[str, Field(pattern="^[a-z0-9][a-z0-9_-]{0,39}$")]
KeptDays = Annotated[int, Field(ge=0, le=36_500)]


def _by_status(value: object) -> object:
    """Read days by status. Raises ValueError for invalid JSON, or a status that is not an ended one."""
    try:
        days = json.loads(value) if isinstance(value, str) else value
    except ValueError:
        days = None
    if not isinstance(days, dict):
        raise ValueError('it must be a JSON object, such as {"returned": 30}')
    if unknown := sorted(days.keys() - set(ENDED)):
        raise ValueError(f"{unknown[0]!r} is no way in which something ends; these are: {', '.join(ENDED)}")
    return days


def _by_group(value: object) -> object:
    """Read item types by group. Raises ValueError for invalid JSON, or a group of which no form tells."""
    try:
        groups = json.loads(value) if isinstance(value, str) else value
    except ValueError:
        groups = None
    if not isinstance(groups, dict):
        raise ValueError('it must be a JSON object, such as {"print": ["book", "novel"]}')
    if unknown := sorted(groups.keys() - GROUPS.keys()):
        raise ValueError(f"{unknown[0]!r} is no group of item types; these are: {', '.join(GROUPS)}")
    return groups


class BackgroundSettings(OwnSettings):
    """What every process reads, and all that `migrate` and `sweep` do: they ask no neighbour."""

    model_config = named_by("LOANS")

    library_currency: Currency = Field(default="EUR", description="ISO 4217 code of the money in which fines are kept")
    kept_days: Annotated[dict[str, KeptDays], NoDecode, BeforeValidator(_by_status)] = Field(
        default_factory=dict,
        validation_alias="LOANS_KEPT_DAYS",
        description="JSON: days until who it was is forgotten, by how it ended: `returned`, `lost_and_paid`, `missing`"
        " loans, `fulfilled`, `cancelled`, `expired` holds, `paid`, `waived` charges; else the policy's"
        " `keep_history_days`",
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
    client_secret: ClientSecret = Field(
        validation_alias="LOANS_CLIENT_SECRET", description="the secret of that client, of at least 32 characters"
    )

    fiscal_year_begins: int = Field(
        default=1,
        ge=1,
        le=12,
        validation_alias="LOANS_FISCAL_YEAR_BEGINS",
        description="the month in which the fiscal year of the library begins, 7 for July; `pls` and `acrl` are filled"
        " in for it, and it has the name of the calendar year in which it ends",
    )
    item_type_groups: Annotated[dict[str, list[ItemType]], NoDecode, BeforeValidator(_by_group)] = Field(
        default_factory=dict,
        validation_alias="LOANS_ITEM_TYPE_GROUPS",
        description='JSON: the item types that the library has in the groups of annual forms, {"print": ["book",'
        ' "novel"], "children": ["picture_book"]}: `print`, `audio`, `video`, `electronic`, `children`',
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
