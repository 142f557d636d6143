"""The embedded gear: which settings make the three services one process on one machine."""

import fcntl
import ipaddress
import json
import os
import secrets
import socket
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from books_service.settings import Settings as BooksSettings
from loans_service.settings import Settings as LoansSettings
from loans_service.sip2.settings import Sip2Settings
from members_service.settings import Settings as MembersSettings
from shared.configuration import ServiceSettings, load
from shared.environment import ConfigurationError, value_of
from shared.settings_reference import names_of, unknown_settings

SERVICES = ("books", "members", "loans")
_PORTS = {"books": 8001, "members": 8002, "loans": 8003, "desk": 8000}
_OF_MACHINES = {"sip2": 6001}  # where machines connect, if SIP2 is on
_SWITCH = {
    word: switch for switch, words in ((True, "1 on yes true"), (False, "0 off no false")) for word in words.split()
}
_EVERYWHERE = {"0.0.0.0", "::"}  # noqa: S104 - compared, not bound
_ELSEWHERE = "192.0.2.1"  # reserved for documentation (RFC 5737); nothing is sent there
_LOANS, _LOANS_SCOPES = "loans", "books:lending members:standing"
_MEMBERS, _MEMBERS_SCOPES = "members", "loans:facts"
_ALIKE = 0.85  # how much of a name must be right for it to be meant
MACHINES = "selfcheck"
"""The client as which SIP2 machines act."""

_MACHINES_SCOPES = "loans:read loans:write loans:offline members:read members:write members:verify"  # all of SIP2


@dataclass(frozen=True, slots=True)
class Gear:
    """Where the library listens and keeps its data, and whether it is furnished for a first visit.

    `public_url` is where browsers find members, if it is set. SIP2 is on if `ports` has a port for it.
    """

    host: str
    ports: Mapping[str, int]
    data: Path
    demo: bool
    public_url: str | None = None

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "Gear":
        """Read HOST, DATA_DIR, DEMO, SIP2, AUTH_PUBLIC_URL and the ports.

        Raises ConfigurationError with a sentence for each that cannot be used.
        """
        wrong: list[str] = []
        demo = _switch(environment, "DEMO", default="1", on="with demo data", wrong=wrong)
        sip2 = _switch(environment, "SIP2", default="0", on="to answer machines", wrong=wrong)
        ports = {}
        for name, default in (_PORTS | (_OF_MACHINES if sip2 else {})).items():
            setting = f"{name.upper()}_PORT"
            value = environment.get(setting) or str(default)
            if not (value.isascii() and value.isdigit() and 1 <= int(value) <= 65535):
                wrong.append(f"{setting} must be a port between 1 and 65535, not {value!r}.")
                continue
            ports[name] = int(value)
        if len(set(ports.values())) < len(ports):
            *others, last = (f"{name.upper()}_PORT" for name in ports)
            wrong.append(f"{', '.join(others)} and {last} must be different ports.")
        if wrong:
            raise ConfigurationError(tuple(wrong))
        return cls(
            host=environment.get("HOST") or "127.0.0.1",
            ports=ports,
            data=Path(environment.get("DATA_DIR") or "var"),
            demo=demo,
            public_url=environment.get("AUTH_PUBLIC_URL") or None,
        )

    def address(self, name: str) -> str:
        """Return where this machine itself finds a service or the desk."""
        return self._at("127.0.0.1" if self.host in _EVERYWHERE else self.host, name)

    def public_address(self, name: str) -> str:
        """Return where browsers find it: on the host of `public_url`, or where this machine is met from outside."""
        return self._at(self.public_host, name)

    @property
    def public_host(self) -> str:
        """The name or address under which browsers find this machine."""
        public_name = urlsplit(self.public_url or "").hostname
        return public_name or (_outgoing_address() if self.host in _EVERYWHERE else self.host)

    def _at(self, host: str, name: str) -> str:
        return f"http://{f'[{host}]' if ':' in host else host}:{self.ports[name]}"

    @property
    def is_private(self) -> bool:
        """Whether only this machine can reach it."""
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"

    @property
    def hosts(self) -> tuple[str, ...]:
        """The names of this machine: those of loopback, where it listens, and where browsers find it."""
        return tuple(dict.fromkeys(("localhost", "127.0.0.1", "[::1]", self.host, self.public_host)))

    @property
    def origins(self) -> tuple[str, ...]:
        """The origins of the library's own pages, by each of its names."""
        own = [find(name) for name in _PORTS for find in (self.address, self.public_address)]
        named = [address.replace("//127.0.0.1:", "//localhost:") for address in own]
        return tuple(dict.fromkeys(own + named))

    def make_data_folder(self) -> None:
        """Make the data folder. Raises ConfigurationError where nothing can be kept in it."""
        try:
            self.data.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=self.data):
                pass
        except OSError as error:
            sentence = f"DATA_DIR={self.data} cannot be used: {os.strerror(error.errno or 0)}. Choose another folder."
            raise ConfigurationError((sentence,)) from error

    @contextmanager
    def lock_data_folder(self) -> Iterator[None]:
        """Lock the data folder for this process. Raises ConfigurationError where another library runs on it."""
        with (self.data / "lock").open("w", encoding="ascii") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                sentence = f"DATA_DIR={self.data} belongs to a library that runs: stop it, or choose another folder."
                raise ConfigurationError((sentence,)) from None
            yield

    def sockets(self) -> dict[str, socket.socket]:
        """Listen on all ports. Raises ConfigurationError that names each port in use."""
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        opened: dict[str, socket.socket] = {}
        wrong: list[str] = []
        for name, port in self.ports.items():
            try:
                opened[name] = socket.create_server((self.host, port), family=family, backlog=2048)
            except OSError as error:
                reason = os.strerror(error.errno) if error.errno and error.errno > 0 else error.strerror
                wrong.append(
                    f"Port {port} on {self.host} cannot be used ({reason}): set {name.upper()}_PORT to another one."
                )
        if wrong:
            for listening in opened.values():
                listening.close()
            raise ConfigurationError(tuple(wrong))
        return opened


def _switch(environment: Mapping[str, str], name: str, *, default: str, on: str, wrong: list[str]) -> bool:
    value = environment.get(name) or default
    if value.lower() not in _SWITCH:
        wrong.append(f"{name} must be 1 ({on}) or 0 (without), not {value!r}.")
    return _SWITCH.get(value.lower(), False)


def _outgoing_address() -> str:
    """Return the address from which this machine would reach others; that of loopback if it reaches none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((_ELSEWHERE, 9))
        except OSError:
            return "127.0.0.1"
        address: str = probe.getsockname()[0]
    return address


@dataclass(frozen=True, slots=True)
class LibrarySettings:
    """The settings of all three services."""

    books: BooksSettings
    members: MembersSettings
    loans: LoansSettings

    @classmethod
    def of(cls, gear: Gear) -> "LibrarySettings":
        """Choose what is not set: SQLite files, a key and a secret of their own, and each other's addresses."""
        everywhere = _everywhere(gear)
        own = _own_clients(gear)

        def database(service: str) -> str:
            return f"sqlite+aiosqlite:///{(gear.data / f'{service}.db').absolute()}"

        def hosts(service: str) -> str:
            return os.environ.get(f"{service.upper()}_ALLOWED_HOSTS") or ",".join(gear.hosts)

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
                clients=_clients(own),
                books_url=gear.address("books"),
                loans_url=gear.address("loans"),
                self_url=gear.address("members"),
                client_id=_MEMBERS,
                client_secret=own[_MEMBERS]["secret"],
                notices=os.environ.get("MEMBERS_NOTICES") or "shadow",
                page_origins=",".join([*gear.origins, *filter(None, [os.environ.get("MEMBERS_PAGE_ORIGINS")])]),
                **everywhere,
            ),
            loans=load(
                LoansSettings,
                database_url=database("loans"),
                allowed_hosts=hosts("loans"),
                books_url=gear.address("books"),
                members_url=gear.address("members"),
                client_id=_LOANS,
                client_secret=own[_LOANS]["secret"],
                **everywhere,
            ),
        )


def _own_clients(gear: Gear) -> dict[str, dict[str, str]]:
    scopes = {_LOANS: _LOANS_SCOPES, _MEMBERS: _MEMBERS_SCOPES}
    scopes |= {MACHINES: _MACHINES_SCOPES} if "sip2" in gear.ports else {}
    return {client: {"secret": client_secret(gear, client), "scopes": theirs} for client, theirs in scopes.items()}


def _everywhere(gear: Gear) -> dict[str, Any]:
    origins = [*gear.origins, *filter(None, [os.environ.get("CORS_ALLOW_ORIGINS")])]
    return {
        "log_format": os.environ.get("LOG_FORMAT") or "console",
        "log_level": os.environ.get("LOG_LEVEL") or "WARNING",
        "auth_password_grant": os.environ.get("AUTH_PASSWORD_GRANT") or "on",
        "auth_public_url": gear.public_url or gear.public_address("members"),
        "auth_jwks_url": f"{gear.address('members')}/.well-known/jwks.json",
        "cors_allow_origins": ",".join(origins),
        "request_timeout": os.environ.get("REQUEST_TIMEOUT") or 10,  # there is no other instance to ask instead
        "rabbitmq_url": None,
        "imports_in": "serve",
        "trusted_proxies": "",  # there is none in front
        "metrics_port": None,  # one process, one page: on the port of each service
    }


_LOCAL = [f"{name.upper()}_PORT" for name in _PORTS | _OF_MACHINES]


_OWN = ("DATA_DIR", "DEMO", "SIP2", "AUTH_PUBLIC_URL", *_LOCAL)
_DECIDED_HERE = {
    "TLS_CERTIFICATE_FILE": "it speaks plain HTTP, to this machine",
    "TLS_KEY_FILE": "it speaks plain HTTP, to this machine",
    "RABBITMQ_URL": "its events stay in the process",
    "TRUSTED_PROXIES": "nothing stands in front of it",
    "AUTH_JWKS_URL": "its members are in the same process",
    "MEMBERS_SIGNING_KEYS_FILE": "it keeps its keys in DATA_DIR",
    "MEMBERS_DATA_KEYS_FILE": "it keeps its keys in DATA_DIR",
    "MEMBERS_BOOKS_URL": "its books are in the same process",
    "MEMBERS_LOANS_URL": "its loans are in the same process",
    "MEMBERS_SELF_URL": "its members are in the same process",
    "MEMBERS_CLIENT_ID": "it draws credentials of its own",
    "MEMBERS_CLIENT_SECRET": "it draws credentials of its own",
    "LOANS_BOOKS_URL": "its books are in the same process",
    "LOANS_MEMBERS_URL": "its members are in the same process",
    "LOANS_CLIENT_ID": "it draws credentials of its own",
    "LOANS_CLIENT_SECRET": "it draws credentials of its own",
} | {
    f"{service.upper()}_{name}": why
    for service in SERVICES
    for name, why in (
        ("DATABASE_URL", "its data lie in DATA_DIR"),
        ("DATABASE_DIRECT_URL", "its data lie in DATA_DIR"),
        ("METRICS_PORT", "its measurements are at the port of each service"),
        ("IMPORTS_IN", "it is one process"),
    )
}
"""Settings of the services that the embedded library decides by itself, with the reason."""


def doubtful_settings(environment: Mapping[str, str]) -> list[str]:
    """Return a sentence for each name that looks like a setting and is none, or that changes nothing here."""
    services: tuple[type[ServiceSettings], ...] = (BooksSettings, MembersSettings, LoansSettings, Sip2Settings)
    known = {*_LOCAL}.union(*map(names_of, services))
    prefixes = [f"{name.upper()}_" for name in (*SERVICES, *_OF_MACHINES)]
    misspelt = [each for prefix in prefixes for each in unknown_settings(environment, known, prefix=prefix)]
    alike = [
        f"{name} is no setting of the library: did you mean {own}?"
        for own in _OWN
        for name in get_close_matches(own, sorted(environment.keys() - {*_OWN} - known), cutoff=_ALIKE)
        if not name.startswith(tuple(prefixes))
    ]
    idle = [
        f"{name} has no effect on `make run`: {why}."
        for name, why in _DECIDED_HERE.items()
        if environment.get(name) or environment.get(f"{name}_FILE")
    ]
    return misspelt + alike + idle


def _clients(own: Mapping[str, object]) -> str:
    """Return the clients of MEMBERS_CLIENTS with the library's own beside them; what is no object is refused later."""
    text = value_of("MEMBERS_CLIENTS", os.environ) or "{}"
    try:
        clients = json.loads(text)
    except ValueError:
        return text
    if not isinstance(clients, dict):
        return text
    for name in own.keys() & clients.keys():
        raise ConfigurationError((f"MEMBERS_CLIENTS cannot be used: the client {name} is the library's own here.",))
    return json.dumps({**clients, **own})


def client_secret(gear: Gear, client: str) -> str:
    """Return the secret of a client of the library's own; draw it when there is none, for its owner's eyes only."""
    path = gear.data / f"{client}-client-secret"
    try:
        return path.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
        drawn = secrets.token_urlsafe(32)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
            file.write(drawn)
        return drawn
