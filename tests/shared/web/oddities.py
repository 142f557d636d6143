"""Routes that are no business of a library: who calls, how it fails, what takes long."""

from contextlib import nullcontext
from datetime import timedelta
from uuid import UUID

from fastapi import APIRouter, Request, Response
from starlette.types import Receive, Scope, Send

from shared.external_waits import external_wait
from shared.kernel.errors import (
    InvalidValue,
    LibraryError,
    NeighbourUnavailable,
    NotAllowed,
    NotFound,
    OutOfDate,
    TooManyRequests,
    Unavailable,
    refuse_if_any,
)
from shared.kernel.ids import new_id
from shared.web.auth import Caller, OnlyOf, principal_of
from shared.web.idempotency import Once
from shared.web.json.strict_json import StrictRoute
from tests.shared.web.things import (
    NoRoom,
    NoSuchThing,
    SignedInLongAgo,
    ThingRequest,
    ThingResponse,
    ThingView,
    TooHeavy,
    shelf_of,
)

oddities = APIRouter(prefix="/v1", route_class=StrictRoute, tags=["oddities"])


@oddities.post("/in-parts", status_code=201, operation_id="add_in_parts", summary="Add a thing bit by bit")
async def add_in_parts(body: ThingRequest, request: Request, once: Once) -> ThingResponse:
    view = ThingView(new_id(), body.name, body.count, body.due, body.owner, 1)
    return ThingResponse.of(await once.in_parts(ThingView, shelf_of(request).put, view))


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
async def whose(only_of: OnlyOf, only: str | None = None) -> dict[str, UUID | None]:
    return {"only_of": only_of}


@oddities.get("/unchecked", operation_id="unchecked", summary="Look at no token")
async def unchecked(request: Request) -> dict[str, bool]:
    return {"known": principal_of(request) is not None}


@oddities.get("/whence", operation_id="whence", summary="Tell where the request comes from, and whom it asked")
async def whence(request: Request) -> dict[str, str | None]:
    return {"address": request.client.host if request.client else None, "url": str(request.base_url)}


@oddities.get("/slow", operation_id="be_slow", summary="Wait for the gate")
async def slow(request: Request) -> dict[str, str]:
    shelf_of(request).entered.set()
    shelf_of(request).at_work += 1
    with external_wait() if "x-elsewhere" in request.headers else nullcontext():
        await shelf_of(request).gate.wait()
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
