"""A small service that has every kind of route: what is the same for all services is tested on it."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, ClassVar
from uuid import UUID

import httpx
from fastapi import APIRouter, FastAPI, Query, Request, Response
from pydantic import ConfigDict, Field
from starlette.types import Receive, Scope, Send

from shared.configuration import ServiceSettings
from shared.kernel.errors import (
    Conflict,
    InvalidValue,
    LibraryError,
    NeighbourUnavailable,
    NotAllowed,
    NotFound,
    OutOfDate,
    ProvedTooLongAgo,
    Refused,
    TooManyRequests,
    Unavailable,
    refuse_if_any,
)
from shared.kernel.ids import new_id
from shared.kernel.receipts import Receipt
from shared.persistence.receipts import SqlReceipts
from shared.tokens import SigningKey, StaticKeys, TokenVerifier
from shared.web.application import build_app
from shared.web.auth import AccessTable, Anyone, Caller, OnlyOf, OwnOr, Person, ScopeOf, Unchecked, principal_of
from shared.web.cursors import Listing, Page
from shared.web.edge.limits import Limits
from shared.web.etags import IfMatch, Tag
from shared.web.health import Check
from shared.web.idempotency import Once
from shared.web.json.strict_json import Body, Moment, ResponseModel, StrictRoute, line, paragraph
from shared.web.problems import refusals
from tests.shared.bad_input import Good
from tests.shared.hostile_tokens import a_token

KEY = SigningKey.generate()
_END = int(time.time()) + 3_500  # made when the tests are collected, used until the last of them
WRITER = {"Authorization": f"Bearer {a_token(KEY, scope='things:write things:read', exp=_END)}"}
READER = {"Authorization": f"Bearer {a_token(KEY, scope='things:read', exp=_END)}"}
GOOD = Good("/v1/things", {"name": "A lamp", "count": 3}, text="name", number="count", moment="due", uuid="owner")


class NoRoom(Conflict):
    """There is no room for it."""

    code = "no-room"
    example: ClassVar = {"room": 2}

    def __init__(self, *, room: int) -> None:
        super().__init__(f"There is room for {room} things.", room=room)


class SignedInLongAgo(ProvedTooLongAgo):
    """That was proved some time ago."""

    detail = "Too long ago."
    within = timedelta(minutes=5)


class TooHeavy(Refused):
    """It is too heavy."""

    code = "too-heavy"


class NoSuchThing(NotFound):
    """There is no such thing."""

    code = "thing-not-found"


@dataclass(frozen=True)
class ThingView:
    thing_id: UUID
    name: str
    count: int
    due: datetime | None
    owner: UUID | None
    version: int


@dataclass
class Shelf:
    """Where the things are; `act` may be replaced by a test."""

    things: dict[UUID, ThingView] = field(default_factory=dict)
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    entered: asyncio.Event = field(default_factory=asyncio.Event)
    at_work: int = 0
    act: Callable[[ThingView, Receipt | None], Awaitable[ThingView]] | None = None

    async def put(self, view: ThingView, receipt: Receipt | None) -> ThingView:
        if self.act is not None:
            return await self.act(view, receipt)
        self.things[view.thing_id] = view
        return view


class ThingRequest(Body):
    """What a thing is like."""

    name: Annotated[str, line(50), Field(examples=["A lamp"])]
    count: Annotated[int, Field(ge=0, le=1000, examples=[3])]
    notes: Annotated[str, paragraph(2000)] | None = None
    due: Moment | None = None
    owner: UUID | None = None


A_LAMP: dict[str, Any] = {
    "thing_id": "01a20e28-0f3d-748b-97af-a3e33bce55d0",
    "name": "A lamp",
    "count": 3,
    "due": None,
    "owner": None,
    "version": 1,
}


class ThingResponse(ResponseModel):
    """A thing."""

    model_config = ConfigDict(json_schema_extra={"examples": [A_LAMP]})

    thing_id: UUID
    name: str
    count: int
    due: Moment | None
    owner: UUID | None
    version: int


router = APIRouter(prefix="/v1/things", route_class=StrictRoute, tags=["things"])
oddities = APIRouter(prefix="/v1", route_class=StrictRoute, tags=["oddities"])


def _shelf(request: Request) -> Shelf:
    shelf: Shelf = request.app.state.shelf
    return shelf


@router.post(
    "",
    status_code=201,
    operation_id="add_thing",
    summary="Add a thing",
    responses=refusals(NoRoom, TooHeavy, NeighbourUnavailable),
)
async def add(body: ThingRequest, request: Request, response: Response, once: Once, tag: Tag) -> ThingResponse:
    view = ThingView(new_id(), body.name, body.count, body.due, body.owner, 1)
    kept = await once(ThingView, _shelf(request).put, view)
    response.headers["location"] = f"/v1/things/{kept.thing_id}"
    tag(kept.version)
    return ThingResponse.of(kept)


@router.get("", operation_id="list_things", summary="List things", responses=refusals())
async def show_many(
    request: Request,
    page: Page,
    q: Annotated[str | None, Query(), line(20)] = None,
    label: Annotated[list[str] | None, Query()] = None,
) -> Listing[ThingResponse]:
    behind = page.after(tuple[str, UUID])
    things = sorted(_shelf(request).things.values(), key=lambda thing: (thing.name, thing.thing_id))
    found = [thing for thing in things if behind is None or (thing.name, thing.thing_id) > behind]
    return page.listing([ThingResponse.of(thing) for thing in found], lambda last: (last.name, last.thing_id))


@router.get("/{thing_id}", operation_id="get_thing", summary="Show a thing", responses=refusals(NoSuchThing))
async def show_one(thing_id: UUID, request: Request, tag: Tag) -> ThingResponse:
    thing = _shelf(request).things.get(thing_id)
    if thing is None:
        raise NoSuchThing("There is no thing of that id.", thing_id=thing_id)
    tag(thing.version)
    return ThingResponse.of(thing)


@router.put("/{thing_id}", operation_id="change_thing", summary="Change a thing", responses=refusals(OutOfDate))
async def change(thing_id: UUID, body: ThingRequest, request: Request, expected: IfMatch, tag: Tag) -> ThingResponse:
    thing = _shelf(request).things[thing_id]
    if expected not in (None, thing.version):
        raise OutOfDate("Somebody else changed it.", present=thing.version)
    changed = ThingView(thing_id, body.name, body.count, body.due, body.owner, thing.version + 1)
    _shelf(request).things[thing_id] = changed
    tag(changed.version)
    return ThingResponse.of(changed)


@oddities.post("/in-parts", status_code=201, operation_id="add_in_parts", summary="Add a thing bit by bit")
async def add_in_parts(body: ThingRequest, request: Request, once: Once) -> ThingResponse:
    view = ThingView(new_id(), body.name, body.count, body.due, body.owner, 1)
    return ThingResponse.of(await once.in_parts(ThingView, _shelf(request).put, view))


@oddities.get("/who", operation_id="who_am_i", summary="Tell who calls")
async def who(caller: Caller) -> dict[str, str]:
    return {"subject": caller.subject}


@oddities.get("/people", operation_id="act_in_person", summary="Do what no service may")
async def act_in_person(caller: Caller) -> dict[str, str]:
    """Do it."""
    return {"subject": caller.subject}


@oddities.get("/maybe", operation_id="maybe_who", summary="Tell who calls, if anybody")
async def maybe(request: Request) -> dict[str, str | None]:
    caller = principal_of(request)
    return {"subject": caller.subject if caller else None}


@oddities.get("/either", operation_id="either", summary="Let two kinds of caller in")
async def either(caller: Caller) -> dict[str, str]:
    return {"subject": caller.subject}


@oddities.get("/whose", operation_id="whose", summary="Tell whose things the caller may see")
async def whose(only_of: OnlyOf) -> dict[str, UUID | None]:
    return {"only_of": only_of}


@oddities.get("/unchecked", operation_id="unchecked", summary="Look at no token")
async def unchecked(request: Request) -> dict[str, bool]:
    return {"known": principal_of(request) is not None}


@oddities.get("/whence", operation_id="whence", summary="Tell where the request comes from, and whom it asked")
async def whence(request: Request) -> dict[str, str | None]:
    return {"address": request.client.host if request.client else None, "url": str(request.base_url)}


@oddities.get("/slow", operation_id="be_slow", summary="Wait for the gate")
async def slow(request: Request) -> dict[str, str]:
    _shelf(request).entered.set()
    _shelf(request).at_work += 1
    await _shelf(request).gate.wait()
    return {"done": "yes"}


_FILE = {"requestBody": {"content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}}}


@oddities.post("/uploads", operation_id="upload", summary="Take a long body", openapi_extra=_FILE)
async def upload(request: Request) -> dict[str, int]:
    return {"bytes": sum([len(chunk) async for chunk in request.stream()])}


@oddities.get("/failures/{kind}", operation_id="fail", summary="Fail in some way")
async def fail(kind: str, request: Request) -> None:
    failures: dict[str, BaseException] = {
        "not-found": NotFound("Not here."),
        "conflict": NoRoom(room=2),
        "refused": TooHeavy("Too heavy.", weight=12, status="figure", code="figure"),
        "invalid": InvalidValue("Bad check digit.", field="isbn", given_digit=4),
        "nested": InvalidValue("Bad.", field="owner.card/number"),
        "not-allowed": NotAllowed("Not yours."),
        "out-of-date": OutOfDate("Stale."),
        "long-ago": SignedInLongAgo(),
        "too-many": TooManyRequests("Slow down.", retry_after=timedelta(seconds=2.2)),
        "unavailable": Unavailable("Later."),
        "neighbour": NeighbourUnavailable("The neighbour sleeps.", retry_after=timedelta(seconds=7)),
        "plain": LibraryError("No."),
        "crash": ZeroDivisionError("secret text"),
        "recursion": RecursionError("secret text"),
    }
    refuse_if_any([TooHeavy("Too heavy."), NoSuchThing("Gone."), NoRoom(room=0)] if kind == "several" else [])
    refuse_if_any([NotAllowed("Not yours."), NotAllowed("Nor this.")] if kind == "only-forbidden" else [])
    if kind in request.app.state.failures:
        raise request.app.state.failures[kind]
    raise failures[kind]


@oddities.get("/own/{kind}", operation_id="fail_own", summary="Fail over one's own things")
async def fail_own(kind: str) -> None:
    raise NotFound(f"There is no {kind}.")


class _Echo(Response):
    def __init__(self, request: Request) -> None:
        super().__init__()
        self._request = request

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        async for piece in self._request.stream():
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b""})


@oddities.post("/echo", operation_id="echo", summary="Say what is said", openapi_extra=_FILE)
async def echo(request: Request) -> Response:
    return _Echo(request)


class _BreaksOff(Response):
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"half", "more_body": True})
        raise ZeroDivisionError


@oddities.get("/half", operation_id="break_off", summary="Fail after the answer has begun")
async def break_off() -> Response:
    return _BreaksOff()


ACCESS: AccessTable = {
    "add_thing": ScopeOf("things:write"),
    "add_in_parts": ScopeOf("things:write"),
    "list_things": Anyone(),
    "get_thing": Anyone(),
    "change_thing": Anyone(),
    "who_am_i": Person(),
    "act_in_person": Person("things:write"),
    "maybe_who": Anyone(),
    "either": ScopeOf("things:write", "admin"),
    "whose": OwnOr("things:read"),
    "unchecked": Unchecked(),
    "whence": Anyone(),
    "be_slow": Anyone(),
    "upload": Anyone(),
    "fail": Anyone(),
    "fail_own": OwnOr("things:read"),
    "echo": Anyone(),
    "break_off": Anyone(),
}


async def _cursor_key() -> bytes:
    return bytes(32)


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
    **settings: Any,
) -> FastAPI:
    """Return the service. `settings` are fields of its settings."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield

    app = build_app(
        name="things",
        package="tests.shared",
        title="Things & <more>",
        version="0.1.0",
        description="Keeps things.",
        settings=ServiceSettings(**settings),
        root_path=root_path,
        lifespan=lifespan,
        verifier=verifier or TokenVerifier(StaticKeys([KEY.public_jwk()]), issuer="library"),
        receipts=receipts,
        cursor_key=_cursor_key,
        readiness=readiness,
        routers=(router, oddities),
        access=access,
        scopes={"things:write": "change things", "things:read": "see things", "admin": "all", "self": "one's own"},
        asyncapi=asyncapi or {"asyncapi": "3.0.0", "info": {"title": "Things", "version": "0.1.0"}},
        tags=({"name": "things", "description": "Things."},),
        service_scopes={"things:ask"},
        body_limits=body_limits or {"/v1/uploads": 3 * 2**20},
        limits=limits,
    )
    app.state.shelf = Shelf()
    app.state.failures = {}
    return app


def a_thing(name: str = "A lamp", **more: Any) -> ThingView:
    fields: dict[str, Any] = {"thing_id": new_id(), "name": name, "count": 1, "due": None, "owner": None, "version": 1}
    return ThingView(**fields | more)


def caller_of(app: FastAPI, address: str = "127.0.0.1") -> httpx.AsyncClient:
    """Return a client that calls `app` without a socket, as if from `address`."""
    return httpx.AsyncClient(transport=httpx.ASGITransport(app, client=(address, 4711)), base_url="http://things.test")


NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
