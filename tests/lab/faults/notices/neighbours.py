"""What stands for loans, books and the issuer of tokens: loans answers from the truth of the play."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

from aiohttp import web

from tests.lab.faults.notices.people import BRANCHES
from tests.lab.faults.notices.truth import Truth
from tests.ports import HOST, quiet_ports

_HOURS = {"hours_today": "10:00–18:00", "next_open_day": None}


class Neighbours:
    """Answer at one address. While `silent`, loans does not."""

    def __init__(self, truth: Truth) -> None:
        self.truth = truth
        self.silent = False
        (self.port,) = quiet_ports(1)

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    async def token(self, _: web.Request) -> web.Response:
        return web.json_response({"access_token": "a token", "token_type": "Bearer", "expires_in": 86_400})

    async def facts(self, request: web.Request) -> web.Response:
        if self.silent:
            await asyncio.sleep(0.2)
            return web.json_response({}, status=503)
        asked = await request.json()
        things = {name: [self.truth.subjects[UUID(id)] for id in asked.get(name, ())] for name in _OF_LENDING}
        return web.json_response(
            {
                "loans": [
                    {"loan_id": str(one.id), "status": one.status, "due_at": one.due_at} for one in things["loans"]
                ],
                "holds": [
                    {"hold_id": str(one.id), "status": one.status, "pickup_branch": one.branch, "pickup_until": None}
                    for one in things["holds"]
                ],
                "fines": [{"fine_id": str(one.id), "owed": one.owed} for one in things["fines"]],
                "branches": [{"branch": code} | _HOURS for code in asked.get("branches", ())],
            }
        )

    async def book(self, request: web.Request) -> web.Response:
        title = self.truth.titles[UUID(request.match_info["id"])]
        return web.json_response({"title": title, "authors": ["George Eliot"]})

    async def copy(self, _: web.Request) -> web.Response:
        return web.json_response({"barcode": "30000000000019", "shelf_mark": "F ELI"})

    async def branches(self, _: web.Request) -> web.Response:
        places = [{"code": code, "name": f"{code.title()} library", "address": "1 Church Lane"} for code in BRANCHES]
        return web.json_response({"items": places, "next_cursor": None})

    @asynccontextmanager
    async def answering(self) -> AsyncIterator["Neighbours"]:
        """Answer for as long as the block runs."""
        app = web.Application()
        app.add_routes(
            [
                web.post("/v1/auth/token", self.token),
                web.post("/v1/circulation-facts", self.facts),
                web.get("/v1/books/{id}", self.book),
                web.get("/v1/copies/{id}", self.copy),
                web.get("/v1/branches", self.branches),
            ]
        )
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, HOST, self.port).start()
        try:
            yield self
        finally:
            await runner.cleanup()


_OF_LENDING = ("loans", "holds", "fines")
