from pathlib import Path

import pytest

from shared.configuration import (
    load,
)
from shared.trusted import TrustedProxies
from tests.authority import Authority
from tests.shared.things_settings import POSTGRES, Settings, sentences

pytestmark = pytest.mark.usefixtures("environment")


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


def test_without_a_certificate_nothing_is_shown(authority: Authority) -> None:
    issued = authority.issue("127.0.0.1", file="settings")

    assert load(Settings).server_certificate() is None
    assert load(Settings, tls_certificate_file=issued.certificate, tls_key_file=issued.key).server_certificate()


def test_the_environment_of_what_the_code_hands_in_is_not_looked_at(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("RABBITMQ_HOST", "broker")
    environment.setenv("RABBITMQ_PASSWORD_FILE", "/nowhere")

    assert load(Settings, rabbitmq_url=None).rabbitmq_url is None
