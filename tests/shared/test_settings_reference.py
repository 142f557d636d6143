import pytest
from pydantic import Field, SecretStr

from shared.configuration import DatabaseUrl, ServiceSettings
from shared.settings_reference import settings_of, unknown_settings

KNOWN = ("BOOKS_DATABASE_URL", "BOOKS_DATABASE_POOL_SIZE", "BOOKS_ROOT_PATH")


class ThingsSettings(ServiceSettings):
    database_url: DatabaseUrl = Field(validation_alias="THINGS_DATABASE_URL", description="where the things are kept")
    secret: SecretStr = Field(validation_alias="THINGS_SECRET", description="what nobody else knows")
    pool: int = Field(default=7, validation_alias="THINGS_POOL", description="how many")


def test_a_misspelt_setting_is_named_with_what_it_may_mean() -> None:
    told = unknown_settings(["BOOKS_DATABSE_POOL_SIZE", "BOOKS_XYZ", "LOG_LEVEL"], KNOWN, prefix="BOOKS_")

    assert (
        "BOOKS_DATABSE_POOL_SIZE is no setting of the library: did you mean BOOKS_DATABASE_POOL_SIZE?",
        "BOOKS_XYZ is no setting of the library.",
    ) == told


@pytest.mark.parametrize(
    "name",
    ["BOOKS_DATABASE_URL", "BOOKS_DATABASE_URL_FILE", "BOOKS_DATABASE_HOST", "BOOKS_DATABASE_PASSWORD_FILE",
     "BOOKS_SERVICE_HOST", "BOOKS_PORT", "BOOKS_PORT_8000_TCP_ADDR", "BOOKS_SERVICE_PORT_HTTP"],
)  # fmt: skip
def test_files_parts_of_addresses_and_what_kubernetes_tells_are_known(name: str) -> None:
    assert () == unknown_settings([name], KNOWN, prefix="BOOKS_")


def test_each_setting_is_listed_with_its_default() -> None:
    found = {one.name: (one.default, one.meaning) for one in settings_of(ThingsSettings)}

    assert ("required", "where the things are kept") == found["THINGS_DATABASE_URL"]
    assert ("7", "how many") == found["THINGS_POOL"]
    assert "INFO" == found["LOG_LEVEL"][0]
    assert sorted(found) == list(found)
