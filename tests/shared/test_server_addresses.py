"""How databases and brokers are named, in one address or in parts, and how connections to them are encrypted."""

from pathlib import Path

import pytest
from pydantic import Field
from sqlalchemy import make_url

from shared.configuration import (
    DatabaseUrl,
    load,
)
from tests.authority import Authority
from tests.shared.things_settings import POSTGRES, Settings, sentences

pytestmark = pytest.mark.usefixtures("environment")


def test_a_database_may_be_named_in_parts_whatever_its_password_holds(environment: pytest.MonkeyPatch) -> None:
    environment.delenv("THINGS_DATABASE_URL")
    parts = {
        "HOST": "db.example",
        "NAME": "things",
        "USER": "keeper",
        "PASSWORD": "p@ss/w:rd?",
        "SSLMODE": "verify-full",
    }
    for name, value in parts.items():
        environment.setenv(f"THINGS_DATABASE_{name}", value)

    url = make_url(load(Settings).database_url)

    assert (url.drivername, url.host, url.port, url.database) == ("postgresql+asyncpg", "db.example", 5432, "things")
    assert (url.username, url.password, dict(url.query)) == ("keeper", "p@ss/w:rd?", {"ssl": "verify-full"})


def test_a_whole_address_goes_before_its_parts(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("THINGS_DATABASE_HOST", "elsewhere")

    assert load(Settings).database_url == POSTGRES


def test_a_part_may_come_from_a_file(environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "password").write_text("from a file\n")
    environment.setenv("RABBITMQ_HOST", "broker")
    environment.setenv("RABBITMQ_USER", "library")
    environment.setenv("RABBITMQ_PASSWORD_FILE", str(tmp_path / "password"))

    assert load(Settings).rabbitmq_url == "amqp://library:from%20a%20file@broker:5672/%2F"


def test_a_broker_with_encryption_has_the_other_port(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("RABBITMQ_HOST", "fd00::5")
    environment.setenv("RABBITMQ_TLS", "on")
    environment.setenv("RABBITMQ_VHOST", "library")

    assert load(Settings).rabbitmq_url == "amqps://[fd00::5]:5671/library"


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+asyncpg"])
def test_a_database_is_understood_as_operators_write_it(environment: pytest.MonkeyPatch, scheme: str) -> None:
    environment.setenv("THINGS_DATABASE_URL", f"{scheme}://things:pass@db/things?sslmode=require")

    assert load(Settings).database_url == f"{POSTGRES}?ssl=require"


class PooledSettings(Settings):
    database_direct_url: DatabaseUrl | None = Field(None, validation_alias="THINGS_DATABASE_DIRECT_URL")


def test_where_a_database_is_past_its_pooler_is_said_by_its_host_alone(environment: pytest.MonkeyPatch) -> None:
    environment.delenv("THINGS_DATABASE_URL")
    parts = {"HOST": "pooler", "PORT": "6432", "USER": "things", "PASSWORD": "pass", "NAME": "things"}
    for part, value in (parts | {"SSLMODE": "require", "DIRECT_HOST": "db"}).items():
        environment.setenv(f"THINGS_DATABASE_{part}", value)
    by_parts = load(PooledSettings)
    environment.setenv("THINGS_DATABASE_DIRECT_URL", "postgres://things:pass@other/things")

    assert "postgresql+asyncpg://things:pass@pooler:6432/things?ssl=require" == by_parts.database_url
    assert "postgresql+asyncpg://things:pass@db:5432/things?ssl=require" == by_parts.database_direct_url
    assert "postgresql+asyncpg://things:pass@other/things?ssl=require" == load(PooledSettings).database_direct_url


@pytest.mark.parametrize("mode", ["disable", "prefer", "require", "verify-full"])
def test_a_whole_address_is_encrypted_as_the_setting_beside_it_says(
    mode: str, environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    environment.setenv("THINGS_DATABASE_SSLMODE", mode)
    plain = load(Settings).database_url
    environment.delenv("THINGS_DATABASE_URL")
    (tmp_path / "uri").write_text("postgresql://things:pass@db/things?application_name=x\n")
    environment.setenv("THINGS_DATABASE_URL_FILE", str(tmp_path / "uri"))
    with_a_query = load(Settings).database_url

    assert f"{POSTGRES}?ssl={mode}" == plain
    assert f"{POSTGRES}?application_name=x&ssl={mode}" == with_a_query


def test_what_an_address_says_of_encryption_goes_before_the_setting_beside_it(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("THINGS_DATABASE_SSLMODE", "disable")
    environment.setenv("THINGS_DATABASE_URL", f"{POSTGRES}?sslmode=verify-full")
    with_one = load(Settings).database_url
    environment.setenv("THINGS_DATABASE_URL", "sqlite+aiosqlite:///things.db")

    assert f"{POSTGRES}?ssl=verify-full" == with_one
    assert "sqlite+aiosqlite:///things.db" == load(Settings).database_url


def test_an_unknown_way_to_encrypt_is_refused(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("THINGS_DATABASE_SSLMODE", "verify")
    setting = sentences()
    environment.delenv("THINGS_DATABASE_SSLMODE")
    environment.setenv("THINGS_DATABASE_URL", f"{POSTGRES}?sslmode=allow")

    modes = "must be one of disable, prefer, require, verify-ca, verify-full."
    assert (f"THINGS_DATABASE_SSLMODE cannot be used: it {modes}",) == setting
    assert (f"THINGS_DATABASE_URL cannot be used: its sslmode {modes}",) == sentences()


def test_taking_any_name_needs_an_authority_of_ones_own(
    environment: pytest.MonkeyPatch, authority: Authority, tmp_path: Path
) -> None:
    environment.setenv("THINGS_DATABASE_SSLMODE", "verify-ca")
    without = sentences()
    environment.setenv("TLS_CA_FILE", str(tmp_path / "nowhere"))
    with_a_wrong_one = sentences()
    environment.setenv("TLS_CA_FILE", str(authority.file))

    assert f"{POSTGRES}?ssl=verify-ca" == load(Settings).database_url
    assert ["TLS_CA_FILE"] == [word for word in without[0].rstrip(".").split() if "_CA_" in word]
    assert 1 == len(with_a_wrong_one)
    assert with_a_wrong_one[0].startswith("TLS_CA_FILE cannot be used: ")


def test_a_file_of_authorities_must_hold_some(environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("nothing of the kind")
    environment.setenv("TLS_CA_FILE", str(tmp_path / "ca.pem"))

    assert (f"TLS_CA_FILE cannot be used: {tmp_path / 'ca.pem'} holds no certificates in PEM form.",) == sentences()


def test_encryption_to_the_broker_is_on_or_off_and_not_contradicted(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("RABBITMQ_HOST", "broker")
    environment.setenv("RABBITMQ_TLS", "true")
    neither = sentences()
    environment.setenv("RABBITMQ_TLS", "on")
    environment.setenv("RABBITMQ_URL", "amqp://broker")
    contradicted = sentences()
    environment.setenv("RABBITMQ_URL", "amqps://broker")

    assert ("RABBITMQ_TLS cannot be used: it must be one of on, off.",) == neither
    assert ("RABBITMQ_TLS is on, but RABBITMQ_URL does not begin with amqps://.",) == contradicted
    assert "amqps://broker" == load(Settings).rabbitmq_url
