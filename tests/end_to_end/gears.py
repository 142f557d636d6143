"""The library in its two gears: embedded in one process, and as seven processes on PostgreSQL and RabbitMQ."""

import asyncio
import json
import signal
import time
from pathlib import Path
from typing import Self

import asyncpg
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.broker_users import definitions
from tests.end_to_end.library import ADMIN, LIBRARIAN, Library, Person, done, eventually
from tests.end_to_end.line import Line
from tests.end_to_end.processes import Process, run
from tests.end_to_end.witness import Witness
from tests.ports import HOST, quiet_ports
from tests.servers import PostgresServer, RabbitServer
from tests.shared.cpu_time import waited_for_a_processor

LOANS_SECRET = "a secret that only this test knows"  # long enough for any rule
KIOSK_SECRET = "a secret that only this test's kiosk knows"
OF_MACHINES = {
    "selfcheck": [
        "loans:write",
        "loans:read",
        "loans:offline",
        "members:read",
        "members:write",
        "members:verify",
    ],
    "gate": ["loans:read"],
}
"""The clients of machines that are answered by SIP2, with what each may do."""


class EmbeddedLibrary(Library):
    """`python -m deploy.local` in a folder of its own, stopped by Ctrl-C.

    With `SIP2="1"` machines are answered at the port `sip2`. `first_start` is how many seconds it took to be ready for
    the first time, less those in which others had the processor; it tells something if `process` is `afresh`.
    """

    first_start = 0.0

    def __init__(self, **settings: str) -> None:
        *ports, desk, self.sip2 = quiet_ports(5)
        self.ports = dict(zip(("books", "members", "loans"), ports, strict=True))
        self.desk = f"http://{HOST}:{desk}"
        super().__init__(**{service: f"http://{HOST}:{port}" for service, port in self.ports.items()})
        environment = {f"{service.upper()}_PORT": str(port) for service, port in self.ports.items()}
        environment |= {"DESK_PORT": str(desk), "SIP2_PORT": str(self.sip2)} | settings
        self.process = Process(
            "deploy.local",
            environment=environment,
            ready=f"{HOST}:{self.ports['loans']}/health/ready",
        )
        self.process.environment.setdefault("DATA_DIR", str(self.process.folder / "data"))
        self.process.stop_signal = signal.SIGINT

    async def __aenter__(self) -> Self:
        began = time.monotonic()
        await asyncio.to_thread(self.process.__enter__)
        self.first_start = time.monotonic() - began - waited_for_a_processor(self.process.pid)
        return await super().__aenter__()

    def logs(self) -> dict[str, str]:
        return {"embedded": self.process.told()}

    async def __aexit__(self, *_: object) -> None:
        await super().__aexit__()
        await asyncio.to_thread(self.process.close)


class ProductionLibrary(Library):
    """Each service by `serve` and `relay` as its own process, on a private PostgreSQL and a private RabbitMQ.

    In PostgreSQL one role owns a service's database and migrates it; another, with no more rights than needed, serves.
    On the broker each service is the user whose rights are shipped.

    Loans is served by two processes. The usual one talks to its neighbours directly; the second desk, which is the one
    that tests kill, over lines that a test can hold.
    """

    broker_is_measured = False  # it starts faster without

    def __init__(self) -> None:
        names = ("books", "members", "loans", "second_desk")
        found = quiet_ports(7)
        self.ports = dict(zip(names, found, strict=False))
        self.relay_ports = dict(zip(names[:3], found[4:], strict=True))  # where their health and metrics are
        super().__init__(**{service: f"http://{HOST}:{self.ports[service]}" for service in names[:3]})
        self.second_desk = f"http://{HOST}:{self.ports['second_desk']}"
        self.postgres = PostgresServer()
        self.rabbit = RabbitServer(
            measured=self.broker_is_measured, definitions=definitions(**{service: service for service in names[:3]})
        )
        self.witness = Witness(self.rabbit.url)
        self.line_to_books, self.line_to_members = Line(self.ports["books"]), Line(self.ports["members"])
        self.processes: dict[str, Process] = {}

    async def __aenter__(self) -> Self:
        try:
            await asyncio.gather(asyncio.to_thread(self.postgres.start), asyncio.to_thread(self.rabbit.start))
            await asyncio.gather(self.line_to_books.__aenter__(), self.line_to_members.__aenter__())
            await self.witness.take_place()
            await super().__aenter__()
            await self._prepare_databases()
            self.processes = self._all_processes()
            await self.make_whole()
            await self._furnish()
        except BaseException:
            await self.__aexit__()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await asyncio.gather(*(asyncio.to_thread(process.close) for process in self.processes.values()))
        await asyncio.gather(self.line_to_books.__aexit__(), self.line_to_members.__aexit__(), super().__aexit__())
        await asyncio.gather(asyncio.to_thread(self.rabbit.close), asyncio.to_thread(self.postgres.close))

    async def make_whole(self) -> None:
        """Start everything that does not run."""
        if not await asyncio.to_thread(_greets, self.rabbit):
            await asyncio.to_thread(self.rabbit.start)
        silent = [process for process in self.processes.values() if not process.runs]
        await asyncio.gather(*(asyncio.to_thread(_start_again, process) for process in silent))

    async def desks_reach_everybody(self) -> None:
        """Wait until both desks ask books and members again, after a breaker kept them from it."""
        librarian = await self.librarian()
        nothing = {"copy_barcode": "no-such-copy", "card_number": "no-such-card"}

        async def they_do() -> bool:
            desks = (self.loans, self.second_desk)
            answers = [await librarian.post(f"{desk}/v1/loans/decision", nothing) for desk in desks]
            return all(answer.status_code != 503 for answer in answers)

        await eventually(they_do, seconds=45)

    def logs(self) -> dict[str, str]:
        return {name: process.told() for name, process in self.processes.items()}

    async def kill(self, name: str) -> None:
        """Let a process crash."""
        await asyncio.to_thread(self.processes[name].kill)

    async def start(self, name: str) -> None:
        """Start a process again; return when it is ready."""
        await asyncio.to_thread(self.processes[name].start)

    async def stop(self, name: str) -> None:
        """End a process as an operator would."""
        assert 0 == await asyncio.to_thread(self.processes[name].end)

    async def database(self, service: str = "loans") -> asyncpg.Connection:
        """Return a connection of the test's own to the database of a service."""
        return await asyncpg.connect(self.postgres.url(service).replace("+asyncpg", ""))

    def environment(self, service: str) -> dict[str, str]:
        """Return the settings of a service, as section 2 of the contract names them."""
        common = {
            f"{service.upper()}_DATABASE_URL": self.postgres.url(service, role=service),
            f"{service.upper()}_IMPORTS_IN": "relay",
            "RABBITMQ_URL": self.rabbit.url_for(service, service),
            "AUTH_JWKS_URL": f"{self.members}/.well-known/jwks.json",
            "AUTH_PUBLIC_URL": self.members,
            "AUTH_PASSWORD_GRANT": "on",
            "AUTH_REVOCATIONS_EVERY": "1",
            "CORS_ALLOW_ORIGINS": f"{self.books},{self.members},{self.loans}",
        }
        return common | self._own_settings(service)

    def _own_settings(self, service: str) -> dict[str, str]:
        if service == "members":
            clients = {
                "loans": {"secret": LOANS_SECRET, "scopes": ["books:lending", "members:standing"]},
                "kiosk": {"secret": KIOSK_SECRET, "scopes": ["loans:write"]},
                **{client: {"secret": KIOSK_SECRET, "scopes": scopes} for client, scopes in OF_MACHINES.items()},
            }
            return {
                "MEMBERS_PAGE_ORIGINS": f"{self.books},{self.members},{self.loans}",
                "MEMBERS_SIGNING_KEYS_FILE": str(self.key_file),
                "MEMBERS_DATA_KEYS_FILE": str(self.key_file.with_name("data-keys.txt")),
                "MEMBERS_MAKE_DATA_KEYS": "true",
                "MEMBERS_BOOKS_URL": self.books,
                "MEMBERS_CLIENTS": json.dumps(clients),
            }
        if service == "loans":
            return {
                "LOANS_BOOKS_URL": self.books,
                "LOANS_MEMBERS_URL": self.members,
                "LOANS_CLIENT_ID": "loans",
                "LOANS_CLIENT_SECRET": LOANS_SECRET,
            }
        return {}

    @property
    def key_file(self) -> Path:
        return self.rabbit.folder / "signing-key.pem"

    async def _prepare_databases(self) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        self.key_file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        self.key_file.chmod(0o600)
        await asyncio.gather(*(asyncio.to_thread(self._migrate, service) for service in self.services))
        account = ("create-account", "--email", ADMIN.email, "--role", "admin")
        members = self.environment("members")
        made = await asyncio.to_thread(run, "members_service", *account, environment=members, given=ADMIN.password)
        assert 0 == made.returncode, made.stderr

    def _migrate(self, service: str) -> None:
        """Migrate as the role that owns the database; everything else is done by one that only serves."""
        owner = f"{service}_owner"
        for role in (owner, service):
            self.postgres.create_role(role)
        prefix = f"{service.upper()}_DATABASE"
        theirs = {f"{prefix}_URL": self.postgres.create_database(service, owner=owner), f"{prefix}_APP_ROLE": service}
        theirs |= {f"{prefix}_DIRECT_URL": ""}  # the owner comes directly as it is
        done = run(f"{service}_service", "migrate", environment=self.environment(service) | theirs)
        assert 0 == done.returncode, done.stderr

    def _all_processes(self) -> dict[str, Process]:
        processes = {}
        for name, port in self.ports.items():
            service = "loans" if name == "second_desk" else name
            environment = self.environment(service)
            if name == "second_desk":
                environment["LOANS_BOOKS_URL"] = f"http://{HOST}:{self.line_to_books.port}"
                environment["LOANS_MEMBERS_URL"] = f"http://{HOST}:{self.line_to_members.port}"
            else:
                relay = (f"{service}_service", "relay", "--port", str(self.relay_ports[name]))
                ready = f"{HOST}:{self.relay_ports[name]}/health/ready"
                processes[f"{name} relay"] = Process(*relay, environment=environment, ready=ready)
            serve = (f"{service}_service", "serve", "--host", HOST, "--port", str(port))
            processes[name] = Process(*serve, environment=environment, ready=f"{HOST}:{port}/health/ready")
        return processes

    async def _furnish(self) -> None:
        """Make the librarian and the branch that the embedded gear has from its demo data."""
        admin = await self.admin()
        for address, body in (
            (f"{self.members}/v1/accounts", account_of(LIBRARIAN, "librarian")),
            (f"{self.books}/v1/branches", {"code": "MAIN", "name": "Main library"}),
        ):
            done(await admin.post(address, body))


def account_of(person: Person, *roles: str) -> dict[str, object]:
    return {"email": person.email, "password": person.password, "roles": roles}


def _greets(rabbit: RabbitServer) -> bool:
    try:
        return rabbit.answers()
    except OSError:
        return False


def _start_again(process: Process) -> None:
    process.stop()  # clears away one that ended by itself
    process.start()
