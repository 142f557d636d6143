"""The main job of a desk over HTTP, with httpx: find a book, lend a copy, be refused, take it back.

make run                           # in another terminal
.venv/bin/python docs/example.py   # or with the addresses of books, members and loans
"""

import asyncio
import sys
from collections.abc import Awaitable
from typing import Any
from uuid import uuid4

import httpx

BOOKS, MEMBERS, LOANS = "http://127.0.0.1:8001", "http://127.0.0.1:8002", "http://127.0.0.1:8003"
CARD = "20000000000018"  # the demo member Ada's


async def main(books: str = BOOKS, members: str = MEMBERS, loans: str = LOANS) -> None:
    async with httpx.AsyncClient(timeout=10) as http:
        http.headers["Authorization"] = f"Bearer {await sign_in(http, members)}"

        found = await answer(http.get(f"{books}/v1/books", params={"q": "dracula", "available": True, "limit": 1}))
        book = found["items"][0]
        copies = await answer(http.get(f"{books}/v1/books/{book['book_id']}/copies"))
        copy = next(copy for copy in copies["items"] if copy["availability"] == "available")
        print(f"{book['title']} by {', '.join(book['authors'])}: {copy['barcode']} is on the shelf.")

        # The key makes it safe to send this again when no answer came: the copy is lent once.
        request = {"copy_barcode": copy["barcode"], "card_number": CARD}
        key = {"Idempotency-Key": str(uuid4())}
        loan = await answer(http.post(f"{loans}/v1/loans", json=request, headers=key))
        again = await answer(http.post(f"{loans}/v1/loans", json=request, headers=key))
        print(f"Lent until {loan['due_at']}. Sent again, it is the same loan: {again['loan_id'] == loan['loan_id']}.")

        try:
            await answer(http.post(f"{loans}/v1/loans", json=request))
        except Refused as refusal:
            print(f"Lent to somebody else? {refusal}")

        returned = await answer(http.post(f"{loans}/v1/returns", json={"copy_barcode": copy["barcode"]}))
        print(f"Taken back; it goes to the {returned['next'].replace('_', ' ')}.")


async def sign_in(http: httpx.AsyncClient, members: str) -> str:
    """Return an access token for fifteen minutes. A person signs in on the library's page; this is a demo account."""
    form = {"grant_type": "password", "username": "librarian@library.example", "password": "librarian-demo-password"}
    token: str = (await answer(http.post(f"{members}/v1/auth/token", data=form)))["access_token"]
    return token


class Refused(Exception):
    """The library said no. `codes` are for programs, the text is for people, `page` explains the first code."""

    def __init__(self, response: httpx.Response) -> None:
        problem = response.json()
        self.codes = [each["code"] for each in problem["errors"]]
        self.page = response.url.join(problem["type"])
        super().__init__(f"{', '.join(self.codes)} - {problem['detail']} See {self.page}")


async def answer(request: Awaitable[httpx.Response]) -> dict[str, Any]:
    """Return what was answered. Raises Refused for a problem document."""
    response = await request
    if response.headers.get("content-type") == "application/problem+json":
        raise Refused(response)
    response.raise_for_status()
    answered: dict[str, Any] = response.json()
    return answered


if __name__ == "__main__":
    try:
        asyncio.run(main(*sys.argv[1:]))
    except httpx.TransportError as error:
        sys.exit(f"No library answers ({error}). Start one with `make run`, or name the addresses of yours.")
