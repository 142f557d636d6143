"""The embedded gear: which settings make the three services one process on one machine."""

import ipaddress
import json
import os
import secrets
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from books_service.settings import Settings as BooksSettings
from loans_service.settings import Settings as LoansSettings
from members_service.settings import Settings as MembersSettings
from shared.configuration import ConfigurationError, load

SERVICES = ("books", "members", "loans")
_PORTS = {"books": 8001, "members": 8002, "loans": 8003}
_LOANS_SCOPES = "books:lending members:standing"


@dataclass(frozen=True, slots=True)
class Gear:
    """Where the library listens and keeps its data, and whether it is furnished for a first visit."""

    host: str
    ports: Mapping[str, int]
    data: Path
    demo: bool

    @classmethod
    def chosen(cls, environment: Mapping[str, str]) -> "Gear":
        """Read HOST, BOOKS_PORT, MEMBERS_PORT, LOANS_PORT, DATA_DIR and DEMO.

        Raises ConfigurationError with a sentence for each that cannot be used.
        """
        wrong: list[str] = []
        ports = {}
        for service, default in _PORTS.items():
            name = f"{service.upper()}_PORT"
            given = environment.get(name) or str(default)
            if not (given.isascii() and given.isdigit() and 1 <= int(given) <= 65535):
                wrong.append(f"{name} must be a port between 1 and 65535, not {given!r}.")
                continue
            ports[service] = int(given)
        if len(set(ports.values())) < len(ports):
            wrong.append("BOOKS_PORT, MEMBERS_PORT and LOANS_PORT must be three different ports.")
        if wrong:
            raise ConfigurationError(tuple(wrong))
        return cls(
            host=environment.get("HOST") or "127.0.0.1",
            ports=ports,
            data=Path(environment.get("DATA_DIR") or "var"),
            demo=(environment.get("DEMO") or "1") not in {"0", "off", "no", "false"},
        )

    def address(self, service: str) -> str:
        """Return where a browser on this machine finds the service."""
        host = "127.0.0.1" if self.host in {"0.0.0.0", "::", ""} else self.host  # noqa: S104 - compared, not bound
        return f"http://{f'[{host}]' if ':' in host else host}:{self.ports[service]}"

    @property
    def is_private(self) -> bool:
        """Whether only this machine can reach it."""
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"

    def sockets(self) -> dict[str, socket.socket]:
        """Listen on all three ports. Raises ConfigurationError that names each port in use."""
        opened: dict[str, socket.socket] = {}
        wrong: list[str] = []
        for service, port in self.ports.items():
            try:
                opened[service] = socket.create_server((self.host, port), family=_family(self.host), backlog=2048)
            except OSError as error:
                name = f"{service.upper()}_PORT"
                wrong.append(
                    f"Port {port} on {self.host} cannot be used ({error.strerror}): set {name} to another one."
                )
        if wrong:
            for listening in opened.values():
                listening.close()
            raise ConfigurationError(tuple(wrong))
        return opened


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


@dataclass(frozen=True, slots=True)
class LibrarySettings:
    """The settings of all three services."""

    books: BooksSettings
    members: MembersSettings
    loans: LoansSettings

    @classmethod
    def of(cls, gear: Gear) -> "LibrarySettings":
        """Choose what nobody has chosen: SQLite files, a key and a secret of their own, and each other's addresses."""
        everywhere = {
            "log_format": os.environ.get("LOG_FORMAT") or "console",
            "log_level": os.environ.get("LOG_LEVEL") or "WARNING",
            "auth_password_grant": os.environ.get("AUTH_PASSWORD_GRANT") or "on",
            "auth_public_url": os.environ.get("AUTH_PUBLIC_URL") or gear.address("members"),
            "auth_jwks_url": f"{gear.address('members')}/.well-known/jwks.json",
            "cors_allow_origins": os.environ.get("CORS_ALLOW_ORIGINS") or _origins(gear),
            "rabbitmq_url": None,
            "trusted_proxies": "",  # there is none in front
            "metrics_port": None,  # one process, one page: on the port of each service
        }
        secret = _kept_secret(gear.data / "loans-client-secret")
        clients = json.dumps({"loans": {"secret": secret, "scopes": _LOANS_SCOPES}})

        def database(service: str) -> str:
            return f"sqlite+aiosqlite:///{(gear.data / f'{service}.db').absolute()}"

        def hosts(service: str) -> str:
            return os.environ.get(f"{service.upper()}_ALLOWED_HOSTS") or f"localhost,127.0.0.1,[::1],{gear.host}"

        return cls(
            books=load(BooksSettings, database_url=database("books"), allowed_hosts=hosts("books"), **everywhere),
            members=load(
                MembersSettings,
                database_url=database("members"),
                allowed_hosts=hosts("members"),
                signing_keys_file=(gear.data / "signing-key.pem").absolute(),
                make_signing_key=True,
                data_keys_file=(gear.data / "data-keys.txt").absolute(),
                make_data_keys=True,
                clients=clients,
                **everywhere,
            ),
            loans=load(
                LoansSettings,
                database_url=database("loans"),
                allowed_hosts=hosts("loans"),
                books_url=gear.address("books"),
                members_url=gear.address("members"),
                client_id="loans",
                client_secret=secret,
                **everywhere,
            ),
        )


def _origins(gear: Gear) -> str:
    """Return the origins of the three Swagger UIs, by number and by name."""
    addresses = [gear.address(service) for service in SERVICES]
    return ",".join(addresses + [address.replace("//127.0.0.1:", "//localhost:") for address in addresses])


def _kept_secret(path: Path) -> str:
    """Return the secret in the file; draw it when the file is not there, for its owner's eyes only."""
    try:
        return path.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
        drawn = secrets.token_urlsafe(32)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
            file.write(drawn)
        return drawn
