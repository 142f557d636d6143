"""Fills the real library over HTTP: a branch, books with ten copies each, members."""

import asyncio
from collections.abc import Iterable, Mapping

import httpx

from tests.lab.benchmarks.client import ask_all, request

PIN = "4819"
_COPIES_PER_BOOK = 10
_CLIENTS = 16


async def token(members_url: str, client: str, secret: str) -> str:
    """Sign a service client in and return its access token."""
    async with httpx.AsyncClient(base_url=members_url) as http:
        form = {"grant_type": "client_credentials"}
        reply = await http.post("/v1/auth/token", data=form, auth=(client, secret))
    return str(reply.raise_for_status().json()["access_token"])


async def token_of_person(members_url: str, email: str, password: str) -> str:
    """Sign a person in and return the access token; only where the password grant is on."""
    async with httpx.AsyncClient(base_url=members_url) as http:
        form = {"grant_type": "password", "username": email, "password": password}
        reply = await http.post("/v1/auth/token", data=form)
    return str(reply.raise_for_status().json()["access_token"])


async def buy(
    urls: Mapping[str, str],
    loader: str,
    *,
    copies: int,
    members: int,
    opens_branch: bool = True,
    pin: str | None = None,
) -> tuple[tuple[str, str], ...]:
    """Return barcodes, each with the card number of the member who will borrow it."""
    if opens_branch:
        await _make(urls["books"], loader, [("/v1/branches", {"code": "MAIN", "name": "Main library"})])
    titles = [{"title": f"Title {number}", "authors": ["Author"]} for number in range(copies // _COPIES_PER_BOOK)]
    books = await _make(urls["books"], loader, [("/v1/books", title) for title in titles])
    barcodes = [f"R{number + 1}" for number in range(copies)]
    shelves = [f"/v1/books/{books[number % len(books)]['book_id']}/copies" for number in range(copies)]
    forms = [{"barcode": barcode, "branch": "MAIN"} for barcode in barcodes]
    people = [
        {"name": f"Member {number}", "email": f"member{number}@library.example", "category": "adult"}
        | ({} if pin is None else {"pin": pin})
        for number in range(members)
    ]
    _, enrolled = await asyncio.gather(
        _make(urls["books"], loader, zip(shelves, forms, strict=True)),
        _make(urls["members"], loader, [("/v1/members", person) for person in people]),
    )
    cards = [str(member["card_number"]) for member in enrolled]
    return tuple((barcode, cards[number % members]) for number, barcode in enumerate(barcodes))


async def _make(
    base_url: str, loader: str, things: Iterable[tuple[str, Mapping[str, object]]]
) -> list[Mapping[str, object]]:
    requests = [request("POST", path, token=loader, body=body) for path, body in things]
    return await ask_all(base_url, requests, expected=201, clients=_CLIENTS)
