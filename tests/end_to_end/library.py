"""A running library, used from outside: by its addresses, with the accounts and the acts of a desk."""

import asyncio
import itertools
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Self

import httpx

_numbers = itertools.count(1)
_TOKEN_IS_GOOD_FOR = 120.0  # seconds; tokens live 15 minutes, unless very many sign in meanwhile


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who can sign in."""

    email: str
    password: str


ADMIN = Person("admin@library.example", "admin-demo-password")
LIBRARIAN = Person("librarian@library.example", "librarian-demo-password")
ADA = Person("ada@library.example", "ada-demo-password")


@dataclass(frozen=True, slots=True)
class Copy:
    copy_id: str
    book_id: str
    barcode: str


@dataclass(frozen=True, slots=True)
class Member:
    member_id: str
    card_number: str
    person: Person


class ApiClient:
    """An HTTP client with somebody's token, or with none."""

    def __init__(self, http: httpx.AsyncClient, token: str | None = None) -> None:
        self._http = http
        self.token = token

    async def get(self, address: str, **parameters: Any) -> httpx.Response:
        return await self._http.get(address, params=parameters or None, headers=self._headers())

    async def post(self, address: str, body: object = None, *, key: str | None = None) -> httpx.Response:
        headers = self._headers() | ({} if key is None else {"Idempotency-Key": key})
        return await self._http.post(address, json=body, headers=headers)

    async def put(self, address: str, body: object) -> httpx.Response:
        return await self._http.put(address, json=body, headers=self._headers())

    def _headers(self) -> dict[str, str]:
        return {} if self.token is None else {"Authorization": f"Bearer {self.token}"}


class Library:
    """Three services by their addresses, and what people do with them. Open it with `async with`."""

    def __init__(self, *, books: str, members: str, loans: str) -> None:
        self.books, self.members, self.loans = books, members, loans
        self._clients: dict[Person, tuple[ApiClient, float]] = {}

    async def __aenter__(self) -> Self:
        limits = httpx.Limits(max_connections=100, max_keepalive_connections=100, keepalive_expiry=5)
        self.http = httpx.AsyncClient(timeout=20, limits=limits, trust_env=False)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.http.aclose()

    @property
    def services(self) -> dict[str, str]:
        return {"books": self.books, "members": self.members, "loans": self.loans}

    def logs(self) -> dict[str, str]:
        """Return what each process wrote, by its name."""
        return {}

    @property
    def anybody(self) -> ApiClient:
        return ApiClient(self.http)

    async def signed_in(self, person: Person) -> ApiClient:
        """Return a client with a token of this person; signs in when there is none yet, or an old one."""
        client, until = self._clients.get(person, (None, 0.0))
        if client is None or time.monotonic() > until:
            form = {"grant_type": "password", "username": person.email, "password": person.password}
            answer = done(await self.http.post(f"{self.members}/v1/auth/token", data=form))
            client = ApiClient(self.http, answer["access_token"])
            self._clients[person] = client, time.monotonic() + _TOKEN_IS_GOOD_FOR
        return client

    async def librarian(self) -> ApiClient:
        return await self.signed_in(LIBRARIAN)

    async def admin(self) -> ApiClient:
        return await self.signed_in(ADMIN)

    async def shelve(self, *, copies: int = 1, title: str = "Middlemarch") -> list[Copy]:
        """Catalogue a book and give it copies, all at branch MAIN."""
        desk = await self.librarian()
        book = done(await desk.post(f"{self.books}/v1/books", {"title": title, "authors": ["George Eliot"]}))
        return [await self.label(book["book_id"]) for _ in range(copies)]

    async def label(self, book_id: str) -> Copy:
        """Add a copy to a book."""
        body = {"barcode": f"4{next(_numbers):013d}", "branch": "MAIN"}
        desk = await self.librarian()
        copy = done(await desk.post(f"{self.books}/v1/books/{book_id}/copies", body))
        return Copy(copy["copy_id"], book_id, copy["barcode"])

    async def enrol(self, category: str = "adult") -> Member:
        """Enrol a member and activate the account."""
        person = Person(f"reader-{next(_numbers)}@readers.example", "a long enough pass phrase")
        body = {"name": "Dorothea Brooke", "email": person.email, "category": category}
        member = done(await (await self.librarian()).post(f"{self.members}/v1/members", body))
        activation = {"activation_token": member["activation_token"], "password": person.password}
        answer = await self.anybody.post(f"{self.members}/v1/auth/activate", activation)
        assert answer.is_success, answer.text
        return Member(member["member_id"], member["card_number"], person)

    async def check_out(
        self, copy: Copy, member: Member, *, key: str | None = None, desk: str | None = None
    ) -> httpx.Response:
        """Ask for a loan; `desk` is the address of another loans process than the usual one."""
        body = {"copy_barcode": copy.barcode, "card_number": member.card_number}
        return await (await self.librarian()).post(f"{desk or self.loans}/v1/loans", body, key=key)

    async def give_back(self, copy: Copy, *, key: str | None = None, desk: str | None = None) -> httpx.Response:
        body = {"copy_barcode": copy.barcode}
        return await (await self.librarian()).post(f"{desk or self.loans}/v1/returns", body, key=key)

    async def look_up(self, copy: Copy) -> dict[str, Any]:
        """Return what books shows the staff of a copy."""
        staff = await self.librarian()
        (found,) = done(await staff.get(f"{self.books}/v1/copies", barcode=copy.barcode))["items"]
        assert isinstance(found, dict)
        return found

    async def shows(self, copy: Copy, availability: str, seconds: float = 40) -> dict[str, Any]:
        """Return what books shows of the copy, as soon as it shows this availability."""
        found: dict[str, Any] = {}

        async def it_does() -> bool:
            found.update(await self.look_up(copy))
            return bool(found["availability"] == availability)

        await eventually(it_does, seconds)
        return found

    async def loans_of(self, copy: Copy, **parameters: Any) -> list[dict[str, Any]]:
        """Return the loans of a copy as loans lists them."""
        desk = await self.librarian()
        items = done(await desk.get(f"{self.loans}/v1/loans", copy_id=copy.copy_id, **parameters))["items"]
        assert isinstance(items, list)
        return items


def done(answer: httpx.Response) -> dict[str, Any]:
    """Return the body of an answer that must be a success."""
    assert answer.is_success, f"{answer.request.method} {answer.request.url}: {answer.status_code} {answer.text}"
    body = answer.json()
    assert isinstance(body, dict)
    return body


def code_of(answer: httpx.Response) -> str:
    """Return the code of a problem document, after a look at its form."""
    assert answer.headers["content-type"].startswith("application/problem+json"), answer.text
    problem = answer.json()
    assert answer.status_code == problem["status"]
    return str(problem["code"])


async def eventually(condition: Callable[[], Awaitable[bool]], seconds: float = 40) -> None:
    """Wait until the condition holds in another process, which cannot tell us."""
    end = time.monotonic() + seconds
    while not await condition():
        assert time.monotonic() < end, f"this did not come true within {seconds} s: {condition.__qualname__}"
        await asyncio.sleep(0.03)
