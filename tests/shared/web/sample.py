"""A small service that has every kind of route: what is the same for all services is tested on it."""

import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import httpx
from fastapi import APIRouter, FastAPI

from shared.configuration import ServiceSettings
from shared.kernel.rights import Right
from shared.persistence.receipts import SqlReceipts
from shared.tokens import SigningKey, StaticKeys, TokenVerifier
from shared.web.application import Api, build_app
from shared.web.auth import ANYWHERE, AccessTable, Anyone, OwnOr, Person, RightTo, Unchecked
from shared.web.edge.limits import Limits
from shared.web.health import Check
from tests.shared.bad_input import Good
from tests.shared.hostile_tokens import a_token
from tests.shared.web.oddities import oddities
from tests.shared.web.things import SAMPLES, Shelf, router

KEY = SigningKey.generate()
_END = int(time.time()) + 3_500  # made when the tests are collected, used until the last of them
WRITER = {"Authorization": f"Bearer {a_token(KEY, scope='things:write things:read', exp=_END)}"}
READER = {"Authorization": f"Bearer {a_token(KEY, scope='things:read', exp=_END)}"}
GOOD = Good("/v1/things", {"name": "A lamp", "count": 3}, text="name", number="count", moment="due", uuid="owner")

CHANGE = Right("change", 0, ("things:write",))
SEE = Right("see", 1, ("things:read",))
EITHER = Right("either", 2, ("things:write", "admin"))

ACCESS: AccessTable = {
    "add_thing": RightTo(CHANGE, at=ANYWHERE),
    "add_in_parts": RightTo(CHANGE, at=ANYWHERE),
    "list_things": Anyone(),
    "get_thing": Anyone(),
    "change_thing": Anyone(),
    "who_am_i": Person(),
    "act_in_person": Person(CHANGE, at=ANYWHERE),
    "maybe_who": Anyone(),
    "either": RightTo(EITHER, at=ANYWHERE),
    "whose": OwnOr(SEE, at=ANYWHERE, by_pin={"only": ("mine", "now")}),
    "unchecked": Unchecked(),
    "whence": Anyone(),
    "be_slow": Anyone(),
    "upload": Anyone(),
    "fail": Anyone(),
    "fail_own": OwnOr(SEE, at=ANYWHERE),
    "echo": Anyone(),
    "break_off": Anyone(),
}


def sample_app(
    *,
    receipts: SqlReceipts | None = None,
    limits: Limits | None = None,
    body_limits: Mapping[str, int] | None = None,
    root_path: str = "",
    asyncapi: Mapping[str, Any] | None = None,
    readiness: Sequence[Check] = (),
    verifier: TokenVerifier | None = None,
    access: AccessTable = ACCESS,
    more: Sequence[APIRouter] = (),
    **settings: Any,
) -> FastAPI:
    """Return the service. `settings` are fields of its settings."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield

    api = Api(
        title="Things & <more>",
        description="Keeps things.",
        routers=(router, oddities, *more),
        access=access,
        scopes={"things:write": "change things", "things:read": "see things", "admin": "all", "self": "one's own"},
        service_scopes={"things:ask"},
        tags=({"name": "things", "description": "Things."},),
        samples=SAMPLES,
        body_limits=body_limits or {"/v1/uploads": 3 * 2**20},
    )
    app = build_app(
        api,
        name="things",
        package="tests.shared",
        version="0.1.0",
        settings=ServiceSettings(**settings),
        root_path=root_path,
        lifespan=lifespan,
        verifier=verifier or TokenVerifier(StaticKeys([KEY.public_jwk()]), issuer="library"),
        receipts=receipts,
        readiness=readiness,
        asyncapi=lambda: asyncapi or {"asyncapi": "3.0.0", "info": {"title": "Things", "version": "0.1.0"}},
        limits=limits,
    )
    app.state.shelf = Shelf()
    app.state.failures = {}
    return app


def caller_of(app: FastAPI, address: str = "127.0.0.1") -> httpx.AsyncClient:
    """Return a client that calls `app` without a socket, as if from `address`."""
    return httpx.AsyncClient(transport=httpx.ASGITransport(app, client=(address, 4711)), base_url="http://things.test")


NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
