"""The settings of a small service, and what is said of wrong ones."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import Field, SecretStr

from shared.configuration import DatabaseUrl, HostNames, Prefix, ServiceSettings, load
from shared.environment import ConfigurationError
from shared.trusted import AllowedHosts


class Settings(ServiceSettings):
    database_url: DatabaseUrl = Field(validation_alias="THINGS_DATABASE_URL", description="where the things are kept")
    secret: SecretStr = Field(validation_alias="THINGS_SECRET")
    root_path: Prefix = Field(default="", validation_alias="THINGS_ROOT_PATH")
    allowed_hosts: HostNames = Field(default=AllowedHosts(), validation_alias="THINGS_ALLOWED_HOSTS")
    pool_size: int = Field(default=10, ge=1, validation_alias="THINGS_POOL_SIZE")
    keys: Path | None = Field(default=None, validation_alias="THINGS_KEYS_FILE")
    clients: dict[str, list[str]] = Field(default_factory=dict, validation_alias="THINGS_CLIENTS")


POSTGRES = "postgresql+asyncpg://things:pass@db/things"


def sentences(**overrides: Any) -> tuple[str, ...]:
    with pytest.raises(ConfigurationError) as caught:
        load(Settings, **overrides)
    return caught.value.sentences
