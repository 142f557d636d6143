"""The other end of the line, and the adapters that speak to it."""

import json
from collections.abc import Callable
from typing import Any

import httpx

from loans_service.adapters.books_over_http import BooksOverHttp
from loans_service.adapters.members_over_http import MembersOverHttp
from shared import outgoing_http
from shared.outgoing_http import AccessToken, NeighbourClient
from tests.loans.makers import ADA, EMMA, EMMA_COPY

Answer = Callable[[httpx.Request], httpx.Response]
LENDABILITY: dict[str, Any] = {
    "copy_id": str(EMMA_COPY),
    "book_id": str(EMMA),
    "barcode": "30000000000019",
    "title": "Emma",
    "branch": "MAIN",
    "item_type": "book",
    "price": None,
    "desk_branch": None,
    "timezone": "Europe/Vienna",
    "lendable": True,
    "refusals": [],
}
STANDING: dict[str, Any] = {
    "member_id": str(ADA),
    "category": "adult",
    "expires_on": "2027-01-01",
    "may_borrow": True,
    "may_renew": True,
    "may_hold": True,
    "refusals": [],
}


def found(*things: dict[str, Any]) -> dict[str, Any]:
    return {"items": [{"found": thing} for thing in things]}


def problem(code: str) -> dict[str, Any]:
    return {"items": [{"problem": {"code": code, "detail": "No."}}]}


def lines_of(asked: httpx.Request) -> list[dict[str, str]]:
    """Return the questions that one request asks."""
    (lines,) = json.loads(asked.content).values()
    return list(lines)


class Neighbour:
    """The other end of the line: answers what a test tells it to, and remembers what it was asked."""

    def __init__(self) -> None:
        self.status = 200
        self.body: Any = {}
        self.token_status = 200
        self.tokens = 0
        self.asked: list[httpx.Request] = []

    def answer(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == "/v1/auth/token":
            self.tokens += 1
            return httpx.Response(self.token_status, json={"access_token": f"token-{self.tokens}", "expires_in": 900})
        self.asked.append(request)
        content = self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()
        return httpx.Response(self.status, content=content)


def books(client: NeighbourClient) -> BooksOverHttp:
    return BooksOverHttp(asked_through(client))


def members(client: NeighbourClient) -> MembersOverHttp:
    return MembersOverHttp(asked_through(client))


def asked_through(client: NeighbourClient) -> outgoing_http.Neighbour:
    token = AccessToken.of_client(client, client_id="loans", client_secret="secret")
    return outgoing_http.Neighbour(client, token)
