"""What is measured: two systems that speak the same contract, each as six processes on the same two servers."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import asyncpg
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from tests.end_to_end.processes import Process, run
from tests.lab.benchmarks import stock
from tests.lab.benchmarks.limit.relay import EXCHANGE
from tests.lab.benchmarks.limit.tables import fill
from tests.lab.benchmarks.limit.tokens import signed
from tests.lab.benchmarks.servers import analyse
from tests.ports import HOST, quiet_ports
from tests.servers import PostgresServer, RabbitServer

SERVICES = ("books", "members", "loans")
SECRET = "a secret that only this measurement knows"
_LONGEST_HEARING = 600.0
_SCOPES = {
    "loans": ["books:lending", "members:standing"],
    "kiosk": ["loans:write"],
    "loader": ["books:write", "members:write"],
    "machine": ["loans:write", "loans:read", "members:read", "members:verify"],
}


@dataclass(frozen=True, slots=True)
class Contestant:
    """One system, running. `stock` are barcodes, each with the card of the member who will borrow it.

    `databases` are addresses for asyncpg; `processes` are named like "loans serve"; `tokens` are those of its kiosks,
    each an account of its own.
    """

    name: str
    urls: Mapping[str, str]
    databases: Mapping[str, str]
    exchange: str
    processes: Mapping[str, Process]
    tokens: tuple[str, ...]
    stock: tuple[tuple[str, str], ...]

    @property
    def token(self) -> str:
        """The first kiosk's."""
        return self.tokens[0]


class Site:
    """Where one contestant lives: its databases, ports and signing key."""

    def __init__(self, contestant: str, postgres: PostgresServer, rabbit: RabbitServer) -> None:
        self.databases = {name: postgres.create_database(f"{contestant}_{name}") for name in SERVICES}
        self.plain_databases = {name: url.replace("+asyncpg", "") for name, url in self.databases.items()}
        self.ports = dict(zip(SERVICES, quiet_ports(len(SERVICES)), strict=True))
        self.urls = {name: f"http://{HOST}:{port}" for name, port in self.ports.items()}
        self.rabbit_url = rabbit.url
        key = ec.generate_private_key(ec.SECP256R1())
        self.private_key = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        self.public_key = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        self.key_file = rabbit.folder / f"{contestant}.pem"
        self.key_file.write_bytes(self.private_key)
        self.key_file.chmod(0o600)

    def served(self, name: str, *arguments: str, environment: Mapping[str, str]) -> Process:
        """Return the process that serves HTTP; it is ready when it says so."""
        return Process(*arguments, environment=environment, ready=f"{HOST}:{self.ports[name]}/health/ready")


@asynccontextmanager
async def the_limit(
    postgres: PostgresServer, rabbit: RabbitServer, *, copies: int, members: int
) -> AsyncIterator[Contestant]:
    """Run the bare version."""
    site = Site("limit", postgres, rabbit)
    databases = site.plain_databases
    await asyncio.gather(*(fill(name, databases[name], copies=copies, members=members) for name in SERVICES))
    processes = {}
    for name in SERVICES:
        environment = {
            "DATABASE_URL": databases[name],
            "RABBITMQ_URL": site.rabbit_url,
            "PUBLIC_KEY": site.public_key.decode(),
            "BOOKS_URL": site.urls["books"],
            "MEMBERS_URL": site.urls["members"],
            "OWN_TOKEN": signed(site.private_key, subject="loans", scope=" ".join(_SCOPES["loans"])),
            "PORT": str(site.ports[name]),
        }
        command = "tests.lab.benchmarks.limit"
        processes[f"{name} serve"] = site.served(name, command, "serve", name, environment=environment)
        processes[f"{name} relay"] = Process(command, "relay", name, environment=environment)
    async with _running(processes):
        yield Contestant(
            name="limit",
            urls=site.urls,
            databases=databases,
            exchange=EXCHANGE,
            processes=processes,
            tokens=(signed(site.private_key, subject="kiosk", scope=" ".join(_SCOPES["kiosk"])),),
            stock=tuple((f"L{number + 1}", f"M{number % members + 1}") for number in range(copies)),
        )


@asynccontextmanager
async def the_library(
    postgres: PostgresServer,
    rabbit: RabbitServer,
    *,
    copies: int,
    members: int,
    settings: Mapping[str, str] | None = None,
    pin: str | None = None,
    kiosks: int = 1,
    workers: int = 1,
    name: str = "library",
) -> AsyncIterator[Contestant]:
    """Run the real services as an operator would, and stock them over their own HTTP interface.

    Each is served by so many `workers`. Two libraries on one PostgreSQL have names of their own, and a
    broker each, for their queues are called alike.
    """
    site = Site(name, postgres, rabbit)
    machines = ["kiosk", *(f"kiosk{number}" for number in range(2, kiosks + 1))]
    clients = _SCOPES | dict.fromkeys(machines, _SCOPES["kiosk"])
    environments = {each: _settings(each, site, clients) | dict(settings or {}) for each in SERVICES}
    await asyncio.gather(*(asyncio.to_thread(_migrate, each, environments[each]) for each in SERVICES))
    processes = {}
    for each in SERVICES:
        command = (f"{each}_service", "serve", "--host", HOST, "--port", str(site.ports[each]), f"--workers={workers}")
        processes[f"{each} serve"] = site.served(each, *command, environment=environments[each])
        processes[f"{each} relay"] = Process(f"{each}_service", "relay", environment=environments[each])
    async with _running(processes):
        loader, *tokens = [await stock.token(site.urls["members"], each, SECRET) for each in ("loader", *machines)]
        bought = await stock.buy(site.urls, loader, copies=copies, members=members, pin=pin)
        await _until_heard_of(copies, site.plain_databases["loans"])
        await analyse(site.plain_databases.values())  # as the limit's are, once they are filled
        yield Contestant(
            name=name,
            urls=site.urls,
            databases=site.plain_databases,
            exchange="library.events",
            processes=processes,
            tokens=tuple(tokens),
            stock=bought,
        )


async def _until_heard_of(copies: int, database: str) -> None:
    """Wait until loans has heard of them all: it would go on hearing of them while something else is measured."""
    loans = await asyncpg.connect(database)
    try:
        async with asyncio.timeout(_LONGEST_HEARING):
            while await loans.fetchval("SELECT count(*) FROM reported_copies") < copies:
                await asyncio.sleep(0.2)
    finally:
        await loans.close()


def _settings(name: str, site: Site, clients: Mapping[str, Sequence[str]]) -> dict[str, str]:
    common = {
        f"{name.upper()}_DATABASE_URL": site.databases[name],
        "RABBITMQ_URL": site.rabbit_url,
        "AUTH_JWKS_URL": f"{site.urls['members']}/.well-known/jwks.json",
        "AUTH_PUBLIC_URL": site.urls["members"],
    }
    if name == "members":
        registered = {client: {"secret": SECRET, "scopes": scopes} for client, scopes in clients.items()}
        return common | {
            "MEMBERS_SIGNING_KEYS_FILE": str(site.key_file),
            "MEMBERS_DATA_KEYS_FILE": str(site.key_file.with_suffix(".keys")),
            "MEMBERS_MAKE_DATA_KEYS": "true",
            "MEMBERS_BOOKS_URL": site.urls["books"],
            "MEMBERS_CLIENTS": json.dumps(registered),
        }
    if name == "loans":
        urls = {"LOANS_BOOKS_URL": site.urls["books"], "LOANS_MEMBERS_URL": site.urls["members"]}
        return common | urls | {"LOANS_CLIENT_ID": "loans", "LOANS_CLIENT_SECRET": SECRET}
    return common


def _migrate(name: str, environment: Mapping[str, str]) -> None:
    done = run(f"{name}_service", "migrate", environment=environment)
    if done.returncode:
        raise RuntimeError(f"{name} could not be migrated: {done.stderr}")


@asynccontextmanager
async def _running(processes: Mapping[str, Process]) -> AsyncIterator[None]:
    for process in processes.values():
        process.afresh = True  # what a forked one holds is not what an operator's would
    try:
        await asyncio.gather(*(asyncio.to_thread(process.start) for process in processes.values()))
        yield
    finally:
        await asyncio.gather(*(asyncio.to_thread(process.close) for process in processes.values()))
