"""The settings that every service has alike."""

import pytest

from shared.configuration import load
from shared.environment import ConfigurationError
from shared.service.settings import OwnSettings, named_by
from shared.settings_reference import names_of


class Things(OwnSettings):
    """The settings of a service that keeps things."""

    model_config = named_by("THINGS")


def test_a_service_reads_what_is_its_own_under_its_own_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THINGS_DATABASE_URL", "sqlite+aiosqlite:///things.db")
    monkeypatch.setenv("THINGS_METRICS_PORT", "9464")
    monkeypatch.setenv("METRICS_PORT", "1")
    monkeypatch.setenv("LOG_LEVEL", "ERROR")

    settings = load(Things)

    assert ("sqlite+aiosqlite:///things.db", 9464, "ERROR") == (
        settings.database_url,
        settings.metrics_port,
        settings.log_level,
    )


def test_what_is_missing_is_told_by_the_name_that_it_has_for_this_service(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("THINGS_DATABASE_URL", raising=False)

    with pytest.raises(ConfigurationError) as error:
        load(Things)

    (sentence,) = error.value.sentences
    assert sentence.startswith("THINGS_DATABASE_URL is missing: the address of the database")


def test_a_pool_has_a_connection_beside_the_one_by_which_a_relay_leads() -> None:
    address = "sqlite+aiosqlite:///things.db"

    assert load(Things, database_url=address, database_pool_size=2).database_pool_size == 2
    with pytest.raises(ConfigurationError, match="THINGS_DATABASE_POOL_SIZE"):
        load(Things, database_url=address, database_pool_size=1)


def test_one_service_does_not_rename_what_another_has() -> None:
    class Others(OwnSettings):
        model_config = named_by("OTHERS")

    assert "OTHERS_DATABASE_URL" in names_of(Others)
    assert "THINGS_DATABASE_URL" in names_of(Things)
