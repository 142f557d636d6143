"""The library with encryption between all its parts, as six processes that trust one authority of their own."""

import asyncio
import json
import ssl
from pathlib import Path
from typing import Self

import httpx
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.authority import Authority
from tests.encrypted_servers import EncryptedPostgres, EncryptedRabbit
from tests.end_to_end.gears import LOANS_SECRET, account_of
from tests.end_to_end.library import ADMIN, LIBRARIAN, Library, done
from tests.end_to_end.processes import Process, run
from tests.ports import HOST, quiet_ports

SERVICES = ("books", "members", "loans")


class EncryptedLibrary(Library):
    """`serve` and `relay` of each service, each with no other secrets than those that it reads."""

    def __init__(
        self, folder: Path, authority: Authority, postgres: EncryptedPostgres, rabbit: EncryptedRabbit
    ) -> None:
        ports = quiet_ports(6)
        self.ports = dict(zip(SERVICES, ports, strict=False))
        self.relay_ports = dict(zip(SERVICES, ports[3:], strict=True))
        super().__init__(**{service: f"https://{HOST}:{port}" for service, port in self.ports.items()})
        self.trusting = ssl.create_default_context(cafile=authority.file)
        self._folder, self._ca_file, self._postgres, self._rabbit = folder, authority.file, postgres, rabbit
        self._issued = authority.issue(HOST, file="library")
        self.processes: dict[str, Process] = {}

    async def __aenter__(self) -> Self:
        await super().__aenter__()
        await self.http.aclose()
        self.http = httpx.AsyncClient(timeout=20, trust_env=False, verify=self.trusting)
        try:
            key = ec.generate_private_key(ec.SECP256R1())
            (self._folder / "signing-key.pem").write_bytes(
                key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
            )
            await asyncio.gather(*(asyncio.to_thread(self._migrate, service) for service in SERVICES))
            account = ("members_service", "create-account", "--email", ADMIN.email, "--role", "admin")
            environment = self._everywhere("members") | self._for_serving("members")
            made = await asyncio.to_thread(run, *account, environment=environment, given=ADMIN.password)
            assert 0 == made.returncode, made.stderr
            self.processes = {name: process for service in SERVICES for name, process in self._both(service).items()}
            await asyncio.gather(*(asyncio.to_thread(process.start) for process in self.processes.values()))
            await self._furnish()
        except BaseException:
            await self.__aexit__()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await asyncio.gather(*(asyncio.to_thread(process.close) for process in self.processes.values()))
        await super().__aexit__()
        for service in SERVICES:
            self._postgres.drop_database(f"encrypted_{service}")

    def logs(self) -> dict[str, str]:
        return {name: process.told() for name, process in self.processes.items()}

    def _both(self, service: str) -> dict[str, Process]:
        def process(command: str, port: int, environment: dict[str, str]) -> Process:
            arguments = (f"{service}_service", command, "--host", HOST, "--port", str(port))
            ready = f"{HOST}:{port}/health/ready"
            return Process(*arguments, environment=environment, ready=ready, trusting=self.trusting)

        listening = self._everywhere(service) | {
            "RABBITMQ_URL": self._rabbit.url,
            "TLS_CERTIFICATE_FILE": str(self._issued.certificate),
            "TLS_KEY_FILE": str(self._issued.key),
        }
        return {
            f"{service} relay": process("relay", self.relay_ports[service], listening | self._neighbours(service)),
            service: process("serve", self.ports[service], listening | self._for_serving(service)),
        }

    def _everywhere(self, service: str) -> dict[str, str]:
        """Return what each process of the service reads: that a migration needs no more is seen by its running."""
        common = {
            f"{service.upper()}_DATABASE_URL": self._postgres.url(f"encrypted_{service}"),
            f"{service.upper()}_DATABASE_SSLMODE": "verify-full",
            "TLS_CA_FILE": str(self._ca_file),
        }
        keys = {
            "MEMBERS_DATA_KEYS_FILE": str(self._folder / "data-keys.txt"),
            "MEMBERS_MAKE_DATA_KEYS": "true",
        }
        return common | (keys if service == "members" else {})

    def _for_serving(self, service: str) -> dict[str, str]:
        common = {"AUTH_JWKS_URL": f"{self.members}/.well-known/jwks.json", "AUTH_PASSWORD_GRANT": "on"}
        client = {"loans": {"secret": LOANS_SECRET, "scopes": ["books:lending", "members:standing"]}}
        own = {
            "books": {"LOANS_MEMBERS_URL": self.members},
            "members": {
                "MEMBERS_SIGNING_KEYS_FILE": str(self._folder / "signing-key.pem"),
                "MEMBERS_CLIENTS": json.dumps(client),
            },
        }
        return common | own.get(service, {}) | self._neighbours(service)

    def _neighbours(self, service: str) -> dict[str, str]:
        """Return where a service finds the others, and as whom loans asks; relays ask, too."""
        if service == "members":
            return {"MEMBERS_BOOKS_URL": self.books}
        if service != "loans":
            return {}
        where = {"LOANS_BOOKS_URL": self.books, "LOANS_MEMBERS_URL": self.members}
        return where | {"LOANS_CLIENT_SECRET": LOANS_SECRET}

    def _migrate(self, service: str) -> None:
        self._postgres.create_database(f"encrypted_{service}")
        outcome = run(f"{service}_service", "migrate", environment=self._everywhere(service))
        assert 0 == outcome.returncode, outcome.stderr

    async def _furnish(self) -> None:
        admin = await self.admin()
        done(await admin.post(f"{self.members}/v1/accounts", account_of(LIBRARIAN, "librarian")))
        done(await admin.post(f"{self.books}/v1/branches", {"code": "MAIN", "name": "Main library"}))
