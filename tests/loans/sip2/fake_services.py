"""The three services as the gateway for machines meets them: a test sets answers and sees what is asked."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx

from loans_service.sip2.accounts import AccountsFile
from loans_service.sip2.library import Addresses, Services
from loans_service.sip2.machine import Gateway
from loans_service.sip2.server import Sip2Server
from loans_service.sip2.zones import Zones
from shared.kernel.clock import SystemClock
from tests.loans.sip2.self_check import SelfCheck

ADA = {
    "member_id": "m1", "card_number": "20000000000018", "name": "Ada Lovelace", "email": "ada@library.example",
    "category": "adult", "status": "active", "phone": "1", "address": "12 St James's Square",
}  # fmt: skip
BORROWER = {
    "member_id": "m1", "open_loans": 1, "overdue": 0, "holds": 0, "owed": {"amount": 140, "currency": "EUR"},
    "limits": {"loans": 10, "holds": 5, "overdue": 3, "owed": {"amount": 1000, "currency": "EUR"}}, "refusals": [],
    "may_borrow": True, "may_renew": True, "may_hold": True,
}  # fmt: skip
COPY = {
    "copy_id": "c1", "book_id": "b1", "barcode": "30000000000019", "branch": "MAIN", "item_type": "book",
    "shelf_mark": "823 A", "status": "in_service", "availability": "available", "due_at": None,
    "stands": {"branch": "MAIN", "location": None, "why": "home", "since": "2026-03-01T09:00:00Z"},
}  # fmt: skip
LOAN = {
    "loan_id": "l1", "copy_id": "c1", "barcode": "30000000000019", "title": "Emma", "member_id": "m1", "overdue": False,
    "due_at": "2026-06-05T21:59:59Z", "status": "open", "waiting": 0,
    "renewal": {"allowed": True, "refusals": list[str]()},
}  # fmt: skip
FINE = {
    "fine_id": "f1", "loan_id": "l1", "reason": "overdue", "owed": {"amount": 140, "currency": "EUR"},
    "loan": {"copy_id": "c1", "book_id": "b1", "title": "Emma", "barcode": "30000000000019"},
}  # fmt: skip
CHARGE = {"fine_id": "f2", "loan_id": None, "reason": "damage", "owed": {"amount": 60, "currency": "EUR"}, "loan": None}


class FakeServices:
    """Answers by method and path, what is in `first` before all else, which may be a failure; what is not set is 404.

    While there is `held`, nothing is answered until that is set. A host in `real` is answered by a service itself.
    """

    def __init__(self) -> None:
        self.asked: list[httpx.Request] = []
        self.away: set[str] = set()
        self.without_database: set[str] = set()
        self.real: dict[str, httpx.AsyncBaseTransport] = {}
        self.first: dict[str, list[tuple[int, Any] | Exception]] = {}
        self.held: asyncio.Event | None = None
        self.reached = asyncio.Event()
        self.answers: dict[str, tuple[int, Any]] = {
            "GET members/v1/members": (200, {"items": [ADA], "next_cursor": None}),
            "GET members/v1/members/m1": (200, ADA),
            "GET loans/v1/borrowers/m1": (200, BORROWER),
            "GET loans/v1/loans": (200, {"items": [LOAN], "next_cursor": None}),
            "GET loans/v1/holds": (200, {"items": [], "next_cursor": None}),
            "GET loans/v1/hold-queues": (200, {"items": [{"book_id": "b1", "waiting": 2}]}),
            "GET loans/v1/fines": (200, {"items": [FINE], "next_cursor": None}),
            "GET books/v1/copies": (200, {"items": [COPY], "next_cursor": None}),
            "GET books/v1/books/b1": (200, {"title": "Emma"}),
            "POST loans/v1/loans": (201, LOAN),
            "POST loans/v1/loans/l1/renew": (200, LOAN),
            "POST loans/v1/returns": (200, {"loan": LOAN, "next": "shelf", "hold": None, "fine": None}),
            "POST loans/v1/borrowers/m1/payments": (200, {}),
            "POST members/v1/members/verify": (200, {"member_id": "m1", "access_token": "t", "expires_in": 120}),
            "POST members/v1/auth/token": (200, {"access_token": "t", "expires_in": 900}),
        }

    def refuse(self, what: str, status: int, code: str, detail: str = "No.") -> None:
        """Let this be refused."""
        self.answers[what] = (status, {"code": code, "detail": detail, "errors": [{"code": code, "detail": detail}]})

    def sent(self, what: str) -> list[dict[str, Any]]:
        """Return the bodies that were sent with this method to this path."""
        return [json.loads(request.content) for request in self.asked if _name(request) == what]

    def keys(self, what: str) -> list[str]:
        """Return the idempotency keys of those requests."""
        return [request.headers["idempotency-key"] for request in self.asked if _name(request) == what]

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        if self.held is not None:
            self.reached.set()
            await self.held.wait()
        if request.url.host in self.away:
            raise httpx.ConnectError("nobody is there")
        if request.url.path == "/health/ready":
            database = "failing" if request.url.host in self.without_database else "ok"
            return httpx.Response(200, json={"status": "ready", "checks": {"database": database}})
        if request.url.host in self.real:
            return await self.real[request.url.host].handle_async_request(request)
        if self.first.get(_name(request)):
            first = self.first[_name(request)].pop(0)
            if isinstance(first, Exception):
                raise first
            return httpx.Response(first[0], json=first[1])
        status, body = self.answers.get(_name(request), (404, {"code": "not-found", "detail": "There is none."}))
        return httpx.Response(status, json=body)


def _name(request: httpx.Request) -> str:
    return f"{request.method} {request.url.host}{request.url.path}"


class Room:
    """A gateway that listens, the services behind it, and the file of its accounts."""

    def __init__(self, services: FakeServices, accounts: Path, server: Sip2Server, port: int) -> None:
        self.services = services
        self.accounts = accounts
        self.server = server
        self.port = port
        self.machines: list[SelfCheck] = []

    async def connect(self, **how: Any) -> SelfCheck:
        """Connect a machine; it leaves when the room is closed."""
        machine = await SelfCheck.connect(self.port, **how)
        self.machines.append(machine)
        return machine

    async def machine(self, **how: Any) -> SelfCheck:
        """Connect a machine, and let it sign in."""
        machine = await self.connect(**how)
        assert (await machine.ask("9300CNselfcheck|COsecret-of-the-hall|CPhall|"))[:3] == "941"
        return machine


def account(**more: Any) -> dict[str, Any]:
    known = {
        "login": "selfcheck",
        "secret": "secret-of-the-hall",
        "client_id": "kiosk",
        "client_secret": "s" * 32,
        "branch": "MAIN",
    }
    return known | more


@asynccontextmanager
async def open_room(folder: Path, *accounts: dict[str, Any]) -> AsyncIterator[Room]:
    """Give a gateway for these accounts, by default for one."""
    file = folder / "accounts.json"
    file.write_text(json.dumps(list(accounts) or [account()]))
    services = FakeServices()
    async with httpx.AsyncClient(transport=httpx.MockTransport(services)) as http:
        addresses = Addresses("http://books", "http://members", "http://loans")
        gateway = Gateway(Services(addresses, http), AccountsFile(file), Zones(ZoneInfo("Europe/Paris")), SystemClock())
        server = Sip2Server(gateway)
        port = await server.start("127.0.0.1", 0)
        room = Room(services, file, server, port)
        try:
            yield room
        finally:
            await asyncio.gather(*(machine.leave() for machine in room.machines))
            await server.stop(1)
