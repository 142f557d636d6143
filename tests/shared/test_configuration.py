from pathlib import Path
from typing import Any

import pytest
from pydantic import Field, SecretStr
from sqlalchemy import make_url

from shared.configuration import (
    ConfigurationError,
    DatabaseUrl,
    HostNames,
    Prefix,
    ServiceSettings,
    load,
)
from shared.trusted import AllowedHosts, TrustedProxies
from tests.authority import Authority


class Settings(ServiceSettings):
    database_url: DatabaseUrl = Field(validation_alias="THINGS_DATABASE_URL", description="where the things are kept")
    secret: SecretStr = Field(validation_alias="THINGS_SECRET")
    root_path: Prefix = Field(default="", validation_alias="THINGS_ROOT_PATH")
    allowed_hosts: HostNames = Field(default=AllowedHosts(), validation_alias="THINGS_ALLOWED_HOSTS")
    pool_size: int = Field(default=10, ge=1, validation_alias="THINGS_POOL_SIZE")
    keys: Path | None = Field(default=None, validation_alias="THINGS_KEYS_FILE")
    clients: dict[str, list[str]] = Field(default_factory=dict, validation_alias="THINGS_CLIENTS")


POSTGRES = "postgresql+asyncpg://things:pass@db/things"


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """What is required is there; everything else is not."""
    names = ["LOG_LEVEL", "LOG_FORMAT", "RABBITMQ_URL", "CORS_ALLOW_ORIGINS", "LIBRARY_TIMEZONE", "AUTH_ISSUER"]
    for name in [
        *names,
        "TRUSTED_PROXIES",
        "THINGS_ALLOWED_HOSTS",
        "TLS_CERTIFICATE_FILE",
        "TLS_KEY_FILE",
        "TLS_CA_FILE",
        "RABBITMQ_TLS",
    ]:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("THINGS_DATABASE_URL", POSTGRES)
    monkeypatch.setenv("THINGS_SECRET", "s3cret")
    return monkeypatch


def sentences(**overrides: Any) -> tuple[str, ...]:
    with pytest.raises(ConfigurationError) as caught:
        load(Settings, **overrides)
    return caught.value.sentences


def test_settings_come_from_the_environment(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("THINGS_POOL_SIZE", "3")
    environment.setenv("LOG_LEVEL", "DEBUG")
    environment.setenv("CORS_ALLOW_ORIGINS", "http://a, http://b,")
    environment.setenv("THINGS_CLIENTS", '{"kiosk": ["lend"]}')

    settings = load(Settings)

    assert (settings.database_url, settings.secret.get_secret_value()) == (POSTGRES, "s3cret")
    assert (settings.pool_size, settings.log_level) == (3, "DEBUG")
    assert settings.cors_allow_origins == ("http://a", "http://b")
    assert settings.clients == {"kiosk": ["lend"]}


def test_proxies_and_hosts_are_named_with_commas(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("TRUSTED_PROXIES", "10.1.0.0/24, fd00::7")
    environment.setenv("THINGS_ALLOWED_HOSTS", "library.example,https://desk.example:8443")

    settings = load(Settings)

    assert settings.trusted_proxies == TrustedProxies.read("10.1.0.0/24,fd00::7")
    assert [settings.allowed_hosts.admit(host) for host in (b"desk.example", b"evil.example")] == [True, False]


def test_what_is_not_told_has_its_default() -> None:
    settings = load(Settings)

    assert not settings.trusted_proxies
    assert not settings.allowed_hosts

    assert (settings.log_level, settings.log_format, settings.rabbitmq_url) == ("INFO", "json", None)
    assert (settings.auth_issuer, settings.auth_password_grant) == ("library", "off")
    assert (settings.cors_allow_origins, settings.library_timezone) == ((), "UTC")


def test_an_empty_value_counts_as_absent(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("RABBITMQ_URL", "")
    environment.setenv("THINGS_POOL_SIZE", "")

    settings = load(Settings)

    assert (settings.rabbitmq_url, settings.pool_size) == (None, 10)


def test_the_name_of_a_field_is_not_the_name_of_a_variable(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("POOL_SIZE", "99")
    environment.setenv("pool_size", "99")

    assert load(Settings).pool_size == 10


def test_what_the_code_hands_in_goes_before_the_environment() -> None:
    settings = load(Settings, database_url="sqlite+aiosqlite:///other.db", pool_size=2)

    assert (settings.database_url, settings.pool_size) == ("sqlite+aiosqlite:///other.db", 2)


def test_a_value_may_be_in_a_file(environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    environment.delenv("THINGS_SECRET")
    (tmp_path / "secret").write_text("from a file\n")
    environment.setenv("THINGS_SECRET_FILE", str(tmp_path / "secret"))

    assert load(Settings).secret.get_secret_value() == "from a file"


def test_a_setting_whose_own_name_ends_in_file_is_a_path(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("THINGS_KEYS_FILE", "/run/keys")

    assert load(Settings).keys == Path("/run/keys")


def test_a_value_cannot_be_told_twice(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("THINGS_SECRET_FILE", "/run/secret")

    assert sentences() == ("THINGS_SECRET and THINGS_SECRET_FILE are both set: keep one of them.",)


@pytest.mark.parametrize(("content", "reason"), [(None, "No such file"), (b"\xff\xfe", "not UTF-8")])
def test_a_file_that_cannot_be_read_is_named(
    content: bytes | None, reason: str, environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    environment.delenv("THINGS_SECRET")
    file = tmp_path / "secret"
    if content is not None:
        file.write_bytes(content)
    environment.setenv("THINGS_SECRET_FILE", str(file))

    (sentence,) = sentences()

    assert f"THINGS_SECRET_FILE points to {file}" in sentence
    assert reason in sentence


def test_every_missing_setting_is_named_with_what_it_is_for(environment: pytest.MonkeyPatch) -> None:
    environment.delenv("THINGS_DATABASE_URL")
    environment.delenv("THINGS_SECRET")

    assert sentences() == (
        "THINGS_DATABASE_URL is missing: where the things are kept.",
        "THINGS_SECRET is missing: it has no default.",
    )


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("THINGS_POOL_SIZE", "many", "valid integer"),
        ("THINGS_POOL_SIZE", "0", "greater than or equal to 1"),
        ("LOG_LEVEL", "LOUD", "'DEBUG', 'INFO', 'WARNING' or 'ERROR'"),
        ("LIBRARY_TIMEZONE", "Mars/Olympus", "IANA time zone"),
        ("LIBRARY_TIMEZONE", "../../etc/passwd", "IANA time zone"),
        ("LIBRARY_TIMEZONE", "Europe", "IANA time zone"),
        ("THINGS_DATABASE_URL", "mysql://db/things", "postgresql+asyncpg://"),
        ("THINGS_DATABASE_URL", "sqlite+aiosqlite://", "sqlite+aiosqlite:///"),
        ("RABBITMQ_URL", "http://broker", "amqp://"),
        ("AUTH_PUBLIC_URL", "members", "a path such as /members"),
        ("AUTH_PUBLIC_URL", "ftp://library.example", "web address"),
        ("AUTH_JWKS_URL", "/members/.well-known/jwks.json", "web address"),
        ("CORS_ALLOW_ORIGINS", "https://library.example,*", "web origins"),
        ("CORS_ALLOW_ORIGINS", "https://library.example/docs", "web origins"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4318", "web address"),
        ("THINGS_ROOT_PATH", "things", "begins with a slash"),
        ("THINGS_ROOT_PATH", "https://library.example/things", "begins with a slash"),
        ("TRUSTED_PROXIES", "gateway", "such as 10.0.0.7"),
        ("TRUSTED_PROXIES", "0.0.0.0/0", "everybody"),
        ("THINGS_ALLOWED_HOSTS", "https://library.example/docs", "is no host name"),
        ("THINGS_CLIENTS", "{kiosk", "not JSON"),
        ("THINGS_CLIENTS", "[]", "valid dictionary"),
    ],
)
def test_a_wrong_setting_is_explained(name: str, value: str, words: str, environment: pytest.MonkeyPatch) -> None:
    environment.setenv(name, value)

    (sentence,) = sentences()

    assert sentence.startswith(f"{name} cannot be used: ")
    assert words in sentence
    assert sentence.endswith(".")


def test_a_wrong_override_is_explained_by_the_name_of_its_variable() -> None:
    (sentence,) = sentences(pool_size=0)

    assert sentence.startswith("THINGS_POOL_SIZE cannot be used")


def test_neither_sentences_nor_settings_show_a_secret(environment: pytest.MonkeyPatch) -> None:
    shown = repr(load(Settings)) + str(load(Settings))
    environment.setenv("THINGS_DATABASE_URL", "mysql://user:s3cret@db")

    assert "pass" not in shown
    assert "s3cret" not in shown + " ".join(sentences())


def test_settings_cannot_be_changed_afterwards() -> None:
    with pytest.raises(ValueError, match="frozen"):
        load(Settings).pool_size = 1  # type: ignore[misc]  # on purpose


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


def test_without_a_certificate_nothing_is_shown(authority: Authority) -> None:
    issued = authority.issue("127.0.0.1", file="settings")

    assert load(Settings).server_certificate() is None
    assert load(Settings, tls_certificate_file=issued.certificate, tls_key_file=issued.key).server_certificate()


def test_the_environment_of_what_the_code_hands_in_is_not_looked_at(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("RABBITMQ_HOST", "broker")
    environment.setenv("RABBITMQ_PASSWORD_FILE", "/nowhere")

    assert load(Settings, rabbitmq_url=None).rabbitmq_url is None
