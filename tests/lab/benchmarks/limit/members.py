"""Members: what is this member's standing?"""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.lab.benchmarks.limit.asgi import Answer, App, Refused, Request, Route
from tests.lab.benchmarks.limit.pool import now, open_pool
from tests.lab.benchmarks.limit.tokens import TokenCheck

_MEMBER = "SELECT member_id, category, expires_on, suspended, leaving FROM members WHERE card_number = $1"
_ALL = ["borrow", "renew", "hold"]


class Members:
    """The question that loans asks."""

    def __init__(self, database_url: str, tokens: TokenCheck) -> None:
        self._url = database_url
        route = Route("GET", "/v1/members/standing", "members:standing", self.standing)
        self.app = App(tokens, [route], self._running())

    @asynccontextmanager
    async def _running(self) -> AsyncIterator[None]:
        async with await open_pool(self._url) as self._pool:
            yield

    async def standing(self, request: Request) -> Answer:
        row = await self._pool.fetchrow(_MEMBER, request.query.get("card_number", ""))
        if row is None:
            raise Refused(404, "member-not-found", "There is no such member.")
        refusals = []
        if row["expires_on"] < now().date():
            refusals.append({"code": "membership-expired", "detail": "The membership expired.", "actions": _ALL})
        if row["suspended"]:
            refusals.append({"code": "member-suspended", "detail": "The membership is suspended.", "actions": _ALL})
        if row["leaving"]:
            refusals.append({"code": "member-leaving", "detail": "The member is leaving.", "actions": _ALL})
        good = not refusals
        answer = {
            "member_id": str(row["member_id"]),
            "category": row["category"],
            "expires_on": row["expires_on"].isoformat(),
            "may_borrow": good,
            "may_renew": good,
            "may_hold": good,
            "refusals": refusals,
        }
        return Answer(200, json.dumps(answer).encode())
