"""Every setting of the members service, validated once at start."""

import json
from datetime import timedelta
from email.utils import parseaddr
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, model_validator
from pydantic_settings import NoDecode

from members_service.adapters.notices.push import InvalidPushSecret, read_secret
from members_service.adapters.notices.push_address import expect_safe
from members_service.adapters.notices.server_address import MailboxAddress, ServerAddress
from members_service.domain.audit import LEAST_RETENTION_DAYS, RETENTION_DAYS
from members_service.domain.identity.client import DESK, SWAGGER, PublicClient, ServiceClient
from members_service.domain.identity.second_factor import Requirement
from members_service.domain.notices.notice_settings import Mode
from members_service.registered_clients import RegisteredClient, clients_from_json
from shared.configuration import ClientSecret, HostNames, Origins, Prefix, WebAddress
from shared.service.settings import OwnSettings, named_by
from shared.trusted import AllowedHosts


def _seconds(value: object) -> object:
    return float(value) if isinstance(value, str) and value.isdecimal() else value


def _schema(value: object) -> object:
    """Read the schema of attributes. Raises ValueError unless it is one."""
    try:
        schema = json.loads(value) if isinstance(value, str) else value
    except ValueError:
        schema = ""
    if schema is None:
        return None
    if not isinstance(schema, dict):
        raise ValueError("it must be a JSON Schema, as a JSON object")

    import jsonschema  # noqa: PLC0415 - two megabytes, and only for a library that has attributes

    try:
        jsonschema.Draft202012Validator.check_schema(schema)
    except jsonschema.SchemaError as error:
        raise ValueError(f"it is no JSON Schema: {error.message:.200}") from None
    return schema


def _mail_server(url: str) -> str:
    ServerAddress.parse(url)
    return url


def _mailbox(url: str) -> str:
    MailboxAddress.parse(url)
    return url


def _sender(text: str) -> str:
    local_part, _, domain = parseaddr(text)[1].rpartition("@")
    if not local_part or "." not in domain:
        raise ValueError("it must be a mail address, with or without a name, such as Library <notices@town.example>")
    return text


def _push_secret(secret: SecretStr) -> SecretStr:
    try:
        read_secret(secret.get_secret_value())
    except InvalidPushSecret as error:
        raise ValueError("it must be whsec_ and 24 to 64 bytes in Base64") from error
    return secret


class BackgroundSettings(OwnSettings):
    """What every process reads, and all that `migrate` and `reencrypt` do: they sign nothing, and ask no neighbour."""

    model_config = named_by("MEMBERS")

    audit_kept_days: int = Field(
        default=RETENTION_DAYS,
        ge=LEAST_RETENTION_DAYS,
        le=36_500,
        validation_alias="MEMBERS_AUDIT_KEPT_DAYS",
        description="days until an audit record is removed; `migrate` writes it into the database",
    )
    data_keys_file: Path | None = Field(
        default=None,
        validation_alias="MEMBERS_DATA_KEYS_FILE",
        description="file of lines name:key with the keys for personal data",
    )
    make_data_keys: bool = Field(
        default=False,
        validation_alias="MEMBERS_MAKE_DATA_KEYS",
        description="whether missing keys are made at the first start, as the embedded gear does",
    )
    expired_kept_days: int | None = Field(
        default=None,
        ge=30,
        le=36_500,
        validation_alias="MEMBERS_EXPIRED_KEPT_DAYS",
        description="days after which a membership that ended begins to be erased; without it none is",
    )
    of_age: int = Field(
        default=18,
        ge=10,
        le=30,
        validation_alias="MEMBERS_OF_AGE",
        description="years after which guardians who were named for a child are none any more",
    )
    notices: Literal[Mode.OFF, Mode.SHADOW] = Field(
        default=Mode.OFF,
        validation_alias="MEMBERS_NOTICES",
        description="off or shadow: what becomes of notices to members until the library has set them up",
    )
    mail_from: Annotated[str, AfterValidator(_sender)] | None = Field(
        default=None,
        validation_alias="MEMBERS_MAIL_FROM",
        description="the sender of mails, such as Library <notices@library.example>; without it nobody is sent codes",
    )
    attributes_schema: Annotated[dict[str, Any] | None, NoDecode, BeforeValidator(_schema)] = Field(
        default=None,
        validation_alias="MEMBERS_ATTRIBUTES_SCHEMA",
        description="JSON Schema (2020-12) of what the library alone wants to know of its members; none without one",
    )


class WorkerSettings(BackgroundSettings):
    """What `relay` reads besides: it takes in files, and asks books for the home branches in them."""

    books_url: WebAddress = Field(
        validation_alias="MEMBERS_BOOKS_URL",
        description="where members finds books, which knows the branches, such as http://books:8000",
    )
    loans_url: WebAddress | None = Field(
        default=None,
        validation_alias="MEMBERS_LOANS_URL",
        description="where its relay finds loans, to ask what a notice still says; without it notices wait",
    )
    self_url: WebAddress | None = Field(
        default=None,
        validation_alias="MEMBERS_SELF_URL",
        description="where its relay finds members itself, which gives it the token for loans",
    )
    client_id: str = Field(
        default="members",
        validation_alias="MEMBERS_CLIENT_ID",
        description="the client by which its relay signs in at members, with the scope loans:facts",
    )
    client_secret: ClientSecret | None = Field(
        default=None,
        validation_alias="MEMBERS_CLIENT_SECRET",
        description="the secret of that client, of at least 32 characters",
    )
    smtp_url: Annotated[str, AfterValidator(_mail_server)] | None = Field(
        default=None,
        validation_alias="MEMBERS_SMTP_URL",
        description="the mail server, such as smtps://user@host:465 or smtp://host:587; with TLS, but on loopback",
    )
    smtp_password: SecretStr | None = Field(
        default=None, validation_alias="MEMBERS_SMTP_PASSWORD", description="the password at the mail server"
    )
    smtp_timeout: float = Field(
        default=30.0,
        ge=1,
        le=60,
        validation_alias="MEMBERS_SMTP_TIMEOUT",
        description="seconds for each answer of the mail server; to say that it took a mail it has four times as long",
    )
    bounce_imap_url: Annotated[str, AfterValidator(_mailbox)] | None = Field(
        default=None,
        validation_alias="MEMBERS_BOUNCE_IMAP_URL",
        description="the mailbox of what comes back, such as imaps://user@host:993/INBOX; with TLS, but on loopback",
    )
    bounce_imap_password: SecretStr | None = Field(
        default=None, validation_alias="MEMBERS_BOUNCE_IMAP_PASSWORD", description="the password of that mailbox"
    )
    push_url: Annotated[str, AfterValidator(expect_safe)] | None = Field(
        default=None,
        validation_alias="MEMBERS_PUSH_URL",
        description="the gateway for short messages; https, but on this machine",
    )
    push_secret: Annotated[SecretStr, AfterValidator(_push_secret)] | None = Field(
        default=None,
        validation_alias="MEMBERS_PUSH_SECRET",
        description="the secret shared with that gateway: whsec_ and Base64 (Standard Webhooks)",
    )

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.smtp_url is not None and self.mail_from is None:
            raise ValueError("MEMBERS_MAIL_FROM is missing: MEMBERS_SMTP_URL is set, and mails have a sender")
        if self.bounce_imap_url is not None and self.bounce_imap_password is None:
            raise ValueError("MEMBERS_BOUNCE_IMAP_PASSWORD is missing: MEMBERS_BOUNCE_IMAP_URL is set")
        if self.push_url is not None and self.push_secret is None:
            raise ValueError("MEMBERS_PUSH_SECRET is missing: MEMBERS_PUSH_URL is set, and requests are signed")
        if self.loans_url is not None and (self.self_url is None or self.client_secret is None):
            raise ValueError("MEMBERS_LOANS_URL needs MEMBERS_SELF_URL and MEMBERS_CLIENT_SECRET beside it")
        return self


class Settings(WorkerSettings):
    """What `serve` reads besides. Each setting may also be read from the file that `NAME_FILE` names."""

    root_path: Prefix = Field(
        default="",
        validation_alias="MEMBERS_ROOT_PATH",
        description="the prefix under which a gateway shows members, such as /members",
    )
    allowed_hosts: HostNames = Field(
        default=AllowedHosts(),
        validation_alias="MEMBERS_ALLOWED_HOSTS",
        description="names that Host may say, with commas; without any, it may say anything",
    )
    signing_keys_file: Path | None = Field(
        default=None,
        validation_alias="MEMBERS_SIGNING_KEYS_FILE",
        description="PEM file, or folder of them, with EC P-256 private keys",
    )
    make_signing_key: bool = Field(
        default=False,
        validation_alias="MEMBERS_MAKE_SIGNING_KEY",
        description="whether a missing key file is made at the first start, as the embedded gear does",
    )
    key_lead: Annotated[timedelta, BeforeValidator(_seconds)] = Field(
        default=timedelta(minutes=6),
        ge=timedelta(seconds=35),
        le=timedelta(days=1),
        validation_alias="MEMBERS_KEY_LEAD_TIME",
        description="seconds for which a new signing key is published before it signs",
    )
    clients: Annotated[dict[str, RegisteredClient], NoDecode, BeforeValidator(clients_from_json)] = Field(
        default_factory=dict[str, Any],
        validation_alias="MEMBERS_CLIENTS",
        description=(
            "JSON: client id → {secret, secret_file, secret_hash or jwk, scopes}, or {redirect_uris, scopes} of an app"
        ),
    )
    page_origins: Origins = Field(
        default=(),
        validation_alias="MEMBERS_PAGE_ORIGINS",
        description="origins with pages of the library's own (Swagger UI, the desk), with commas, besides its own host",
    )
    require_second_factor: Requirement = Field(
        default=Requirement.NONE,
        validation_alias="MEMBERS_REQUIRE_SECOND_FACTOR",
        description="whose accounts need a second factor: none, admin, or staff (librarians, too)",
    )

    provider_hosts: HostNames = Field(
        default=AllowedHosts(),
        validation_alias="MEMBERS_PROVIDER_HOSTS",
        description="hosts of identity providers that may be asked without https, or in our own network; with commas",
    )

    def allows_provider(self, host: str) -> bool:
        """Return whether an identity provider on this host may be asked without https, or in our own network."""
        return bool(self.provider_hosts) and self.provider_hosts.admit(host.encode("latin-1", "replace"))

    books_root_path: Prefix = Field(
        default="",
        validation_alias="BOOKS_ROOT_PATH",
        description="the prefix under which a gateway shows books, such as /books",
    )
    loans_root_path: Prefix = Field(
        default="",
        validation_alias="LOANS_ROOT_PATH",
        description="the prefix under which a gateway shows loans, such as /loans",
    )

    @property
    def keys_max_age(self) -> int:
        """For how many seconds others may cache the key set, so that they have a new key before it signs.

        The rest of the lead is for those that fetch it at most twice a minute, and for processes that see files late.
        """
        return max(0, int(self.key_lead.total_seconds()) - 60)

    @property
    def public_address(self) -> str:
        """This service as a browser reaches it: an address, or a path on the host that it came to."""
        return (self.auth_public_url or self.root_path).rstrip("/")

    @property
    def service_clients(self) -> dict[str, ServiceClient]:
        """The clients that sign in for themselves, by their names."""
        return {
            name: ServiceClient(name, one.digest(), one.scopes, one.password, one.branches)
            for name, one in self.clients.items()
            if not one.redirect_uris
        }

    @property
    def public_clients(self) -> dict[str, PublicClient]:
        """The apps that people sign in with, by their names; the library's own pages are two of them."""
        desks = frozenset(f"{host.rstrip('/')}/" for host in self._hosts)
        ours = [PublicClient(SWAGGER, self.documentation_pages), PublicClient(DESK, desks)]
        apps = [
            PublicClient(name, frozenset(one.redirect_uris), one.scopes)
            for name, one in self.clients.items()
            if one.redirect_uris
        ]
        return {one.client_id: one for one in (*ours, *apps)}

    @property
    def documentation_pages(self) -> frozenset[str]:
        """The addresses to which the documentation pages of all three services let people come back who signed in.

        They are on the hosts that are named for pages, on that of our public address, and on the one where we are met.
        """
        roots = (self.root_path, self.books_root_path, self.loans_root_path)
        return frozenset(
            f"{host.rstrip('/')}{root.rstrip('/')}/docs/oauth2-redirect" for host in self._hosts for root in roots
        )

    @property
    def _hosts(self) -> frozenset[str]:
        """Where pages of the library are: an empty one is the host where people sign in."""
        public = urlsplit(self.auth_public_url or "")
        return frozenset({"", *self.page_origins, f"{public.scheme}://{public.netloc}" if public.netloc else ""})

    @property
    def password_grant_is_offered(self) -> bool:
        """Whether people may sign in by handing their password to the software that they use."""
        return self.auth_password_grant == "on"  # noqa: S105 - a switch, not a secret
