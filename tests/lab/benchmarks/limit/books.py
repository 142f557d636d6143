"""Books: may this copy be lent? And the availability that loans' events tell."""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from tests.lab.benchmarks.limit.asgi import Answer, App, Refused, Request, Route
from tests.lab.benchmarks.limit.pool import open_pool
from tests.lab.benchmarks.limit.tokens import TokenCheck

LISTENER = "books.availability"

_COPY = """
SELECT copy_id, book_id, barcode, title, branch, item_type, price, status FROM copies WHERE upper(barcode) = $1
"""
_AVAILABILITY = "SELECT copy_id, availability FROM copies WHERE upper(barcode) = $1"
_KEEP_NEWEST = """
WITH first AS (
    INSERT INTO inbox (listener, message_id) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING 1
)
UPDATE copies SET availability = $4, due_at = $5, seen_sequence = $6
WHERE copy_id = $3 AND seen_sequence < $6 AND EXISTS (SELECT FROM first)
"""


class Books:
    """The questions that loans asks."""

    def __init__(self, database_url: str, tokens: TokenCheck) -> None:
        self._url = database_url
        routes = [
            Route("GET", "/v1/copies/lendability", "books:lending", self.lendability),
            Route("GET", "/v1/copies", None, self.copies),
        ]
        self.app = App(tokens, routes, self._running())

    @asynccontextmanager
    async def _running(self) -> AsyncIterator[None]:
        async with await open_pool(self._url) as self._pool:
            yield

    async def lendability(self, request: Request) -> Answer:
        row = await self._pool.fetchrow(_COPY, request.query.get("barcode", "").upper())
        if row is None:
            raise Refused(404, "copy-not-found", "There is no such copy.")
        lendable = row["status"] == "in_service"
        refusals = [] if lendable else [{"code": "copy-not-lendable", "detail": "This copy is not lent."}]
        price = None if row["price"] is None else {"amount": row["price"], "currency": "EUR"}
        answer = {
            "copy_id": str(row["copy_id"]),
            "book_id": str(row["book_id"]),
            "barcode": row["barcode"],
            "title": row["title"],
            "branch": row["branch"],
            "item_type": row["item_type"],
            "price": price,
            "lendable": lendable,
            "refusals": refusals,
        }
        return Answer(200, json.dumps(answer).encode())

    async def copies(self, request: Request) -> Answer:
        row = await self._pool.fetchrow(_AVAILABILITY, request.query.get("barcode", "").upper())
        items = [] if row is None else [{"copy_id": str(row["copy_id"]), "availability": row["availability"]}]
        return Answer(200, json.dumps({"items": items}).encode())


async def note_availability(connection: asyncpg.Connection, events: Sequence[Mapping[str, Any]]) -> None:
    """Keep the newest state of each copy, in one transaction; an event seen before changes nothing."""
    rows = []
    for event in events:
        facts = event["data"]
        due_at = datetime.fromisoformat(facts["due_at"]) if "due_at" in facts else None
        copy_id = UUID(facts["copy_id"])
        rows.append((LISTENER, event["id"], copy_id, facts["availability"], due_at, int(event["sequence"])))
    await connection.executemany(_KEEP_NEWEST, rows)
