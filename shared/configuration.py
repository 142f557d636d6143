"""Settings come from the environment, are validated once, and are explained in sentences when they are wrong."""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar
from urllib.parse import quote
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict


class ConfigurationError(Exception):
    """The settings do not do. `sentences` say what is wrong, one setting each, without showing a secret."""

    def __init__(self, sentences: tuple[str, ...]) -> None:
        super().__init__(" ".join(sentences))
        self.sentences = sentences


def _split_at_commas(value: object) -> object:
    return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value


def _in_capitals(value: object) -> object:
    return value.upper() if isinstance(value, str) else value


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (OSError, ValueError, KeyError) as error:  # a folder, an impossible path, an unknown name
        raise ValueError("it must be an IANA time zone such as Europe/Berlin") from error
    return name


CommaSeparated = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split_at_commas)]
"""A list written as `one,two,three` in the environment."""


def _known_database(url: str) -> str:
    url = re.sub(r"^postgres(ql)?://", "postgresql+asyncpg://", url)  # as operators and managed services write it
    if url.startswith("postgresql"):
        url = re.sub(r"([?&])sslmode=", r"\1ssl=", url)  # the driver's word for it
    if not re.match(r"postgresql\+asyncpg://\S|sqlite\+aiosqlite:///(?!:memory:)\S", url):
        raise ValueError("it must begin with postgresql+asyncpg:// or sqlite+aiosqlite:/// and name a database")
    return url


DatabaseUrl = Annotated[str, AfterValidator(_known_database)]
"""The address of a database of a kind that the services run on."""

ZoneName = Annotated[str, AfterValidator(_known_zone)]
"""The name of an IANA time zone."""


def _written_like(form: str, words: str) -> AfterValidator:
    def check(text: str) -> str:
        if not re.fullmatch(form, text):
            raise ValueError(words)
        return text

    return AfterValidator(check)


WebAddress = Annotated[
    str, _written_like(r"https?://[^\s/?#]+(/[^\s?#]*)?", "it must be a web address such as http://members:8000")
]
"""Where another service, or a collector, is reached."""

PublicAddress = Annotated[
    str,
    _written_like(
        r"(https?://[^\s/?#]+)?(/[^\s?#]*)?", "it must be a web address, or a path such as /members behind a gateway"
    ),
]
"""Where a browser finds a service: an address, or a path on the host that it came to."""

Prefix = Annotated[str, _written_like(r"(/[^\s/?#]+)*/?", "it must be a path that begins with a slash, such as /books")]
"""The path under which a gateway shows a service; empty without one."""

Origin = Annotated[
    str,
    _written_like(r"https?://[^\s/?#*]+/?", "it must name web origins such as https://library.example, with commas"),
]
"""Scheme, host and port of a web page."""

PortNumber = Annotated[int, Field(ge=1, le=65535)]
"""A port to listen on."""

_BrokerAddress = Annotated[
    str, _written_like(r"amqps?://\S+", "it must begin with amqp:// or amqps:// and name a host")
]


class ServiceSettings(BaseSettings):
    """What every service can be told. A service adds fields, with their environment names as `validation_alias`.

    A field is read from its environment name (its alias, or its own name in capitals), or from the file that
    `NAME_FILE` points to. An empty value counts as absent. In code, fields are set by their own names. The address of a
    database or of the broker may come in parts: instead of `X_URL`, `X_HOST` with `X_PORT`, `X_USER`, `X_PASSWORD` and
    `X_NAME`, `X_SSLMODE` (databases) or `X_VHOST`, `X_TLS` (brokers). No password need then be spelled as in a URL.
    """

    model_config = SettingsConfigDict(frozen=True, extra="ignore", populate_by_name=True, hide_input_in_errors=True)

    log_level: Annotated[Literal["DEBUG", "INFO", "WARNING", "ERROR"], BeforeValidator(_in_capitals)] = "INFO"
    log_format: Literal["json", "console"] = "json"
    rabbitmq_url: _BrokerAddress | None = Field(None, description="amqp:// or amqps:// address of the broker")
    auth_issuer: str = "library"
    auth_jwks_url: WebAddress | None = None
    auth_public_url: PublicAddress | None = None
    auth_revocations_every: float = Field(
        20, ge=0.1, le=30, description="seconds between two looks at what was revoked"
    )
    auth_password_grant: Literal["on", "off"] = "off"  # noqa: S105 - a switch
    cors_allow_origins: Annotated[tuple[Origin, ...], NoDecode, BeforeValidator(_split_at_commas)] = ()
    library_timezone: ZoneName = "UTC"
    otel_exporter_otlp_endpoint: WebAddress | None = None
    metrics_port: PortNumber | None = None

    def __repr__(self) -> str:
        return f"{type(self).__name__}(…)"  # values may be secret: even a database's address holds a password

    __str__ = __repr__

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - reads other names than ours
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - not used
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - not used
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read what the code hands in first, then the environment and the files it points to."""
        return init_settings, _Environment(settings_cls)


class _Environment(PydanticBaseSettingsSource):
    """Reads exactly one environment name per field, and `NAME_FILE` beside it."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        name = environment_name(field_name, field)
        return _value_of(name, os.environ) or _address_in_parts(name, os.environ), name, False

    def __call__(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        wrong: list[str] = []
        for field_name, field in self.settings_cls.model_fields.items():
            try:
                value, name, is_complex = self.get_field_value(field, field_name)
                if value is not None:
                    found[field_name] = self.prepare_field_value(field_name, field, value, is_complex)
            except ConfigurationError as error:
                wrong.extend(error.sentences)
            except ValueError:  # from a field that is no text
                wrong.append(f"{name} cannot be used: it is not JSON.")
        if wrong:
            raise ConfigurationError(tuple(wrong))
        return found


def environment_name(field_name: str, field: FieldInfo) -> str:
    """Return the environment name of a field: its alias, or its own name in capitals."""
    alias = field.validation_alias
    return alias if isinstance(alias, str) else field_name.upper()


def _value_of(name: str, environment: Mapping[str, str]) -> str | None:
    direct, path = environment.get(name) or None, environment.get(f"{name}_FILE") or None
    if path is None:
        return direct
    if direct is not None:
        raise ConfigurationError((f"{name} and {name}_FILE are both set: keep one of them.",))
    try:
        return Path(path).read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise ConfigurationError((f"{name}_FILE points to {path}, which cannot be read: {reason}.",)) from error


def _address_in_parts(name: str, environment: Mapping[str, str]) -> str | None:
    """Return the address that the parts beside `name` spell, or None where there is no host."""
    prefix, _, last = name.rpartition("_")
    host = _value_of(f"{prefix}_HOST", environment) if last == "URL" else None
    if host is None:
        return None

    def part(what: str, default: str = "") -> str:
        return _value_of(f"{prefix}_{what}", environment) or default

    user, password = quote(part("USER"), safe=""), quote(part("PASSWORD"), safe="")
    login = f"{user}:{password}@" if user else ""
    where = f"[{host}]" if ":" in host else host
    if prefix.endswith("DATABASE"):
        ssl = f"?ssl={part('SSLMODE')}" if part("SSLMODE") else ""
        return f"postgresql+asyncpg://{login}{where}:{part('PORT', '5432')}/{quote(part('NAME'), safe='')}{ssl}"
    scheme, port = ("amqps", "5671") if part("TLS") == "on" else ("amqp", "5672")
    return f"{scheme}://{login}{where}:{part('PORT', port)}/{quote(part('VHOST', '/'), safe='')}"


Settings = TypeVar("Settings", bound=ServiceSettings)


def load(settings_class: type[Settings], **overrides: Any) -> Settings:
    """Read the settings; `overrides` go before the environment and use the names of the fields.

    Raises ConfigurationError with one sentence for each setting that is missing or wrong.
    """
    try:
        return settings_class(**overrides)
    except ValidationError as error:
        sentences = (
            _sentence(settings_class, details["loc"], details["type"], details["msg"]) for details in error.errors()
        )
        raise ConfigurationError(tuple(sentences)) from None


def _sentence(settings_class: type[ServiceSettings], where: tuple[int | str, ...], kind: str, message: str) -> str:
    first = str(where[0]) if where else ""
    fields = settings_class.model_fields
    names = {environment_name(name, field): field for name, field in fields.items()}
    name = environment_name(first, fields[first]) if first in fields else first
    if kind == "missing":
        return f"{name} is missing: {names[name].description or 'it has no default'}."
    reason = message.removeprefix("Value error, ")
    return f"{name} cannot be used: {reason[:1].lower()}{reason[1:]}."
