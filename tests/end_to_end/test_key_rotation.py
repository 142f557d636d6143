"""The key that signs changes under load: nobody who has a good token is ever refused, and no process restarts."""

import asyncio
import base64
import json
import time
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from shared.kernel.ids import new_id
from shared.tokens import SigningKey
from tests.end_to_end.processes import Process, run
from tests.ports import HOST, quiet_ports
from tests.shared.hostile_tokens import a_token

SECRET = "a secret that only this test knows"
LEAD = 35  # seconds: the least that is allowed
PAUSE = 0.4  # seconds: some twenty requests a second in all, and something left for whatever else is tested meanwhile
UNKNOWN = "0198c0de-0000-7000-8000-00000000dead"


@dataclass
class Rotating:
    """Members as two processes behind one port, and books, which knows their keys by looking them up."""

    folder: Path
    members: str
    books: str
    answers: Counter[tuple[str, int]] = field(default_factory=Counter)
    first_seen: dict[str, float] = field(default_factory=dict)

    def environment(self) -> dict[str, str]:
        clients = {"loans": {"secret": SECRET, "scopes": ["books:lending", "members:standing"]}}
        return {
            "MEMBERS_DATABASE_URL": f"sqlite+aiosqlite:///{self.folder / 'members.db'}",
            "MEMBERS_SIGNING_KEYS_FILE": str(self.folder / "keys"),
            "MEMBERS_DATA_KEYS_FILE": str(self.folder / "data-keys"),
            "MEMBERS_MAKE_DATA_KEYS": "true",
            "MEMBERS_BOOKS_URL": "http://127.0.0.1:9",
            "MEMBERS_KEY_LEAD_TIME": str(LEAD),
            "MEMBERS_CLIENTS": json.dumps(clients),
            "BOOKS_DATABASE_URL": f"sqlite+aiosqlite:///{self.folder / 'books.db'}",
            "AUTH_JWKS_URL": f"{self.members}/.well-known/jwks.json",
        }

    async def rotate(self) -> str:
        """Add a key by the command; return its name."""
        done = await asyncio.to_thread(run, "members_service", "rotate-key", environment=self.environment())
        assert 0 == done.returncode, done.stderr
        return done.stdout[:43]

    async def use(self, http: httpx.AsyncClient, until: asyncio.Event) -> None:
        """Get tokens and use each at once, at both services."""
        form = {"grant_type": "client_credentials", "client_id": "loans", "client_secret": SECRET}
        while not until.is_set():
            issued = await http.post(f"{self.members}/v1/auth/token", data=form)
            self.answers["token", issued.status_code] += 1
            token = issued.json()["access_token"]
            self.first_seen.setdefault(kid_of(token), time.monotonic())
            headers = {"Authorization": f"Bearer {token}"}
            for name, address in (
                ("books", f"{self.books}/v1/copies/lendability?copy_id={UNKNOWN}"),
                ("members", f"{self.members}/v1/members/standing?member_id={new_id()}"),
            ):
                self.answers[name, (await http.get(address, headers=headers)).status_code] += 1
            await asyncio.sleep(PAUSE)

    async def pester(self, http: httpx.AsyncClient, until: asyncio.Event) -> None:
        """Send tokens with made-up names of keys, so that books would look for keys all the time if it were let."""
        while not until.is_set():
            headers = {"Authorization": f"Bearer {a_token(SigningKey.generate(), scope='books:lending')}"}
            address = f"{self.books}/v1/copies/lendability?copy_id={UNKNOWN}"
            self.answers["stranger", (await http.get(address, headers=headers)).status_code] += 1
            await asyncio.sleep(0.5)


def kid_of(token: str) -> str:
    header = token.split(".", maxsplit=1)[0]
    return str(json.loads(base64.urlsafe_b64decode(header + "=" * (-len(header) % 4)))["kid"])


@pytest.fixture
async def rotating(tmp_path: Path) -> AsyncIterator[Rotating]:
    ports = quiet_ports(2)
    members, books = (f"http://{HOST}:{port}" for port in ports)
    library = Rotating(tmp_path, members, books)
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "first.pem").write_bytes(SigningKey.generate().to_pem())
    processes = []
    for service, port, more in (("members", ports[0], ("--workers", "2")), ("books", ports[1], ())):
        environment = library.environment()
        migrated = await asyncio.to_thread(run, f"{service}_service", "migrate", environment=environment)
        assert 0 == migrated.returncode, migrated.stderr
        serve = (f"{service}_service", "serve", "--host", HOST, "--port", str(port), *more)
        process = Process(*serve, environment=environment, ready=f"{HOST}:{port}/health/ready")
        await asyncio.to_thread(process.start)
        processes.append(process)
    yield library
    for process in processes:
        await asyncio.to_thread(process.close)


async def test_keys_are_rotated_under_load_without_one_refusal(rotating: Rotating) -> None:
    until = asyncio.Event()
    async with httpx.AsyncClient(timeout=20, trust_env=False) as http, asyncio.TaskGroup() as work:
        for _ in range(3):
            work.create_task(rotating.use(http, until))
        work.create_task(rotating.pester(http, until))
        await asyncio.sleep(3)
        rotated_at, new = time.monotonic(), await rotating.rotate()
        while new not in rotating.first_seen and time.monotonic() < rotated_at + LEAD + 15:
            await asyncio.sleep(0.2)
        await asyncio.sleep(5)
        until.set()

    print(dict(rotating.answers))
    assert {("token", 200), ("books", 404), ("members", 404), ("stranger", 401)} == set(rotating.answers)
    assert 2 == len(rotating.first_seen)
    assert LEAD - 1 <= rotating.first_seen[new] - rotated_at <= LEAD + 10
