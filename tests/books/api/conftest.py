"""The books service as its clients see it: the real application and database, and tokens signed by a key of our own."""

import time
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from books_service.main import create_app
from books_service.settings import Settings
from shared.configuration import load
from shared.kernel.ids import new_id
from shared.tokens import SigningKey, StaticKeys, sign
from tests.books.library import Library
from tests.kept_database import Lent

KEY = SigningKey.generate()
SCOPES = {
    "librarian": "books:write members:read members:write loans:read loans:write",
    "admin": "books:write members:read members:write loans:read loans:write admin",
    "member": "self",
    "loans": "books:lending members:standing",
    "kiosk": "loans:write",
}


def a_token(who: str, **more: str) -> str:
    """A token of somebody with a role, or of a service, with `more` claims."""
    now = int(time.time())
    claims: dict[str, Any] = {"iss": "library", "aud": "library", "sub": who, "jti": str(new_id()), "client_id": who}
    roles = [who] if who in {"librarian", "admin", "member"} else []
    return sign(KEY, claims | {"iat": now, "nbf": now, "exp": now + 3_500, "scope": SCOPES[who], "roles": roles} | more)


TOKENS = {who: a_token(who) for who in SCOPES}


def bearer(who: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {TOKENS[who]}"}


class Service:
    """The service under test; its clock is the library's."""

    def __init__(self, app: FastAPI, http: httpx.AsyncClient, library: Library) -> None:
        self.app = app
        self.http = http
        self.library = library

    async def get(self, path: str, *, by: str | None = None, **headers: str) -> httpx.Response:
        own = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.http.get(path, headers=(bearer(by) if by else {}) | own)

    async def post(
        self, path: str, body: Any, *, by: str | None = "librarian", key: str | None = None
    ) -> httpx.Response:
        headers = (bearer(by) if by else {}) | ({"Idempotency-Key": key} if key else {})
        return await self.http.post(path, json=body, headers=headers)

    async def change(
        self, method: str, path: str, body: Any = None, *, by: str | None = "librarian", if_match: str | None = '"1"'
    ) -> httpx.Response:
        """PUT, PATCH or DELETE."""
        headers = (bearer(by) if by else {}) | ({"If-Match": if_match} if if_match else {})
        return await self.http.request(method, path, json=body, headers=headers)

    async def upload(self, content: bytes, *, query: str = "format=csv", key: str | None = None) -> httpx.Response:
        headers = bearer("librarian") | {"Content-Type": "text/csv"} | ({"Idempotency-Key": key} if key else {})
        return await self.http.post(f"/v1/imports?{query}", content=content, headers=headers)

    async def add_book(self, **reported: Any) -> dict[str, Any]:
        answer = await self.post("/v1/books", {"title": "Emma", "authors": ["Jane Austen"]} | reported)
        assert 201 == answer.status_code, answer.text
        book: dict[str, Any] = answer.json()
        return book

    async def shelve(self, *barcodes: str, **reported: Any) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        """Add a book with copies, in a branch that is opened if need be."""
        await self.post("/v1/branches", {"code": "MAIN", "name": "Main library"})
        book, copies = await self.add_book(**reported), []
        for barcode in barcodes:
            answer = await self.post(f"/v1/books/{book['book_id']}/copies", {"barcode": barcode, "branch": "MAIN"})
            assert 201 == answer.status_code, answer.text
            copies.append(answer.json())
        return book, copies


def problem(answer: httpx.Response) -> tuple[int, str]:
    """Return status and code of a problem document."""
    assert "application/problem+json" == answer.headers["content-type"], answer.text
    found = answer.json()
    assert found["status"] == answer.status_code
    return answer.status_code, found["code"]


async def a_service(library: Library) -> AsyncIterator[Service]:
    """Start a service on the database of a library."""
    database = library.database
    url = database.engine.url.render_as_string(hide_password=False)
    # With the address of a broker the application leaves imports to the worker: here to the test.
    settings = load(Settings, database_url=url, imports_in="relay", database_pool_size=5)
    app = create_app(settings, keys=StaticKeys([KEY.public_jwk()]), clock=library.clock, database=Lent(database))
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://books.test") as http,
    ):
        yield Service(app, http, library)


@pytest.fixture
async def service(library: Library) -> AsyncIterator[Service]:
    async for started in a_service(library):
        yield started
