"""Settings come from the environment, are validated once, and are explained in sentences when they are wrong."""

import os
import re
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError, ValidationInfo
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict

from shared.environment import SSL_MODE, SSL_MODES, ConfigurationError, address_in_parts, value_of, with_ssl_mode
from shared.tls import ServerCertificate, expect_authorities
from shared.trusted import AllowedHosts, TrustedProxies


def _split_at_commas(value: object) -> object:
    return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value


def _in_capitals(value: object) -> object:
    return value.upper() if isinstance(value, str) else value


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (OSError, ValueError, KeyError) as error:  # a folder, an impossible path, an unknown name
        raise ValueError("it must be an IANA time zone such as Europe/Berlin") from error
    return name


def _database_url(url: str, others: ValidationInfo) -> str:
    url = re.sub(r"^postgres(ql)?://", "postgresql+asyncpg://", url)  # as operators and managed services write it
    if url.startswith("postgresql"):
        url = re.sub(r"([?&])sslmode=", r"\1ssl=", url)  # the driver's word for it
    if not re.match(r"postgresql\+asyncpg://\S|sqlite\+aiosqlite:///(?!:memory:)\S", url):
        raise ValueError("it must begin with postgresql+asyncpg:// or sqlite+aiosqlite:/// and name a database")
    mode = SSL_MODE.search(url)
    if mode and mode[1] not in SSL_MODES:
        raise ValueError(f"its sslmode must be one of {', '.join(SSL_MODES)}")
    if mode and mode[1] == "verify-ca" and others.data.get("tls_ca_file", "wrong") is None:
        raise ValueError("sslmode verify-ca takes any name, and so needs an authority of your own in TLS_CA_FILE")
    return url


DatabaseUrl = Annotated[str, AfterValidator(_database_url)]
"""The address of a database of a kind that the services run on."""

ZoneName = Annotated[str, AfterValidator(_zone)]
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
"""Where a browser finds a service: an absolute address, or a path on the same host."""

Prefix = Annotated[str, _written_like(r"(/[^\s/?#]+)*/?", "it must be a path that begins with a slash, such as /books")]
"""The path under which a gateway publishes a service; empty without a gateway."""

Origin = Annotated[
    str,
    _written_like(r"https?://[^\s/?#*]+/?", "it must name web origins such as https://library.example, with commas"),
]
"""Scheme, host and port of a web page."""

Origins = Annotated[tuple[Origin, ...], NoDecode, BeforeValidator(_split_at_commas)]
"""Origins, separated by commas."""

Proxies = Annotated[
    TrustedProxies,
    NoDecode,
    BeforeValidator(lambda value: TrustedProxies.read(value) if isinstance(value, str) else value),
]
"""The proxies that are trusted to report the caller's address: how many, or their networks."""

HostNames = Annotated[
    AllowedHosts, NoDecode, BeforeValidator(lambda value: AllowedHosts.read(value) if isinstance(value, str) else value)
]
"""The host names of a service, separated by commas."""

Currency = Annotated[str, _written_like("[A-Z]{3}", "it must be the ISO 4217 code of a currency, such as EUR")]
"""The currency of the library."""


def _long_secret(secret: SecretStr) -> SecretStr:
    if len(secret.get_secret_value()) < SHORTEST_SECRET:
        raise ValueError(f"it must have at least {SHORTEST_SECRET} characters")
    return secret


SHORTEST_SECRET = 32
"""The least length of the secret of a service or a machine, which is never typed and so can be long."""

ClientSecret = Annotated[SecretStr, AfterValidator(_long_secret)]
"""The secret with which one of our clients authenticates to members."""


def _usable_folder(folder: Path) -> Path:
    if not folder.is_dir() or not os.access(folder, os.W_OK | os.X_OK):
        raise ValueError(f"{folder} is no folder that can be written to")
    return folder


Folder = Annotated[Path, AfterValidator(_usable_folder)]
"""An existing folder that can be written to."""

PortNumber = Annotated[int, Field(ge=1, le=65535)]
"""A port to listen on."""

_BrokerAddress = Annotated[
    str, _written_like(r"amqps?://\S+", "it must begin with amqp:// or amqps:// and name a host")
]


class ServiceSettings(BaseSettings):
    """The settings of every service. A service adds fields, with their environment names as `validation_alias`.

    A field is read from its environment name (its alias, or its own name in capitals), or from the file that
    `NAME_FILE` points to. An empty value counts as absent. In code, fields are set by their own names. The address of a
    database or of the broker may come in parts: instead of `X_URL`, `X_HOST` with `X_PORT`, `X_USER`, `X_PASSWORD` and
    `X_NAME`, `X_SSLMODE` (databases) or `X_VHOST`, `X_TLS` (brokers). A password then need not be encoded for a URL.

    Encryption: with `TLS_CERTIFICATE_FILE` and `TLS_KEY_FILE` a process speaks HTTPS where it listens. `TLS_CA_FILE`
    holds authorities that are trusted beside the system's by every connection to a database, broker or neighbour.
    `X_SSLMODE` is one of SSL_MODES and also applies to an `X_URL` without an `sslmode`. `X_TLS` is `on` or `off`; an
    encrypted connection to a broker or a neighbour always verifies the certificate and its host name.
    """

    model_config = SettingsConfigDict(frozen=True, extra="ignore", populate_by_name=True, hide_input_in_errors=True)

    log_level: Annotated[Literal["DEBUG", "INFO", "WARNING", "ERROR"], BeforeValidator(_in_capitals)] = Field(
        "INFO", description="the least that is logged: DEBUG, INFO, WARNING or ERROR"
    )
    log_format: Literal["json", "console"] = Field(
        "json", description="json (Elastic Common Schema), or console for people"
    )
    rabbitmq_url: _BrokerAddress | None = Field(None, description="amqp:// or amqps:// address of the broker")
    auth_issuer: str = Field("library", description="the iss of access tokens")
    auth_jwks_url: WebAddress | None = Field(
        None, description="where books and loans find the public keys; those of LOANS_MEMBERS_URL without it"
    )
    auth_public_url: PublicAddress | None = Field(
        None, description="members as a browser reaches it: an address, or a path such as /members behind a gateway"
    )
    auth_revocations_every: float = Field(
        15, ge=0.1, le=30, description="seconds between two looks at what was revoked"
    )
    auth_password_grant: Literal["on", "off"] = Field(
        "off", description="on or off: whether software of people may hand their password in itself"
    )
    trusted_proxies: Proxies = Field(
        TrustedProxies(), description="proxies whose word on the caller's address counts: how many, or their networks"
    )
    allowed_hosts: HostNames = AllowedHosts()
    cors_allow_origins: Origins = Field(
        (), description="origins of other pages that may call, with commas; added to the library's own"
    )
    request_timeout: float = Field(
        3,
        ge=1,
        le=10,
        description="seconds that a request may take, with all that other services are asked for it (make run: 10)",
    )
    library_timezone: ZoneName = Field("UTC", description="the zone of branches that have none of their own")
    otel_exporter_otlp_endpoint: WebAddress | None = Field(
        None, description="where traces go (OTLP over HTTP); tracing is off without it"
    )
    tls_certificate_file: Path | None = Field(None, description="PEM file with our certificate and its chain")
    tls_key_file: Path | None = Field(None, description="PEM file with the key of our certificate, unencrypted")
    tls_ca_file: Annotated[Path, AfterValidator(expect_authorities)] | None = Field(
        None, description="PEM file, or folder of such files, with authorities to trust beside the system's"
    )

    def server_certificate(self) -> ServerCertificate | None:
        """Return the certificate with which this process listens, or None when it speaks plain HTTP.

        Raises ConfigurationError if only one of its two files is configured, or if they cannot be used.
        """
        fields = type(self).model_fields
        certificate, key = (environment_name(name, fields[name]) for name in ("tls_certificate_file", "tls_key_file"))
        if self.tls_certificate_file is None or self.tls_key_file is None:
            if self.tls_certificate_file is self.tls_key_file:
                return None
            missing, there = (certificate, key) if self.tls_certificate_file is None else (key, certificate)
            raise ConfigurationError((f"{missing} is missing, but {there} is set: set both, or neither.",))
        try:
            return ServerCertificate(self.tls_certificate_file, self.tls_key_file)
        except ValueError as error:
            raise ConfigurationError((f"{certificate} and {key} cannot be used: {error}.",)) from error

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
        """Give values from the code precedence over the environment and the files it points to."""
        return init_settings, _Environment(settings_cls)


class _Environment(PydanticBaseSettingsSource):
    """Reads exactly one environment name per field, and `NAME_FILE` beside it."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        name = environment_name(field_name, field)
        whole = value_of(name, os.environ)
        return with_ssl_mode(name, whole, os.environ) or address_in_parts(name, os.environ), name, False

    def __call__(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        wrong: list[str] = []
        for field_name, field in self.settings_cls.model_fields.items():
            if field_name in self.current_state:
                continue
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


Settings = TypeVar("Settings", bound=ServiceSettings)


def load(settings_class: type[Settings], **overrides: Any) -> Settings:
    """Read the settings; `overrides`, by the names of the fields, win over the environment.

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
    inside = "".join(f"{part}: " for part in where[1:] if part != "[key]")
    return f"{name} cannot be used: {inside}{reason[:1].lower()}{reason[1:]}."
