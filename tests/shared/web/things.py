"""Things on a shelf: the ordinary routes of a small service."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Annotated, Any, ClassVar
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field

from shared.kernel.errors import (
    Conflict,
    NeighbourUnavailable,
    NotFound,
    OutOfDate,
    ProvedTooLongAgo,
    Refused,
)
from shared.kernel.ids import new_id
from shared.kernel.receipts import Receipt
from shared.web.cursors import Listing, Page
from shared.web.etags import IfMatch, Tag
from shared.web.idempotency import Once
from shared.web.json.strict_json import Moment, ResponseModel, StrictJsonBody, StrictRoute, line, paragraph
from shared.web.problems import refusals


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


class ThingRequest(StrictJsonBody):
    """What a thing is like."""

    name: Annotated[str, line(50)]
    count: Annotated[int, Field(ge=0, le=1000)]
    notes: Annotated[str, paragraph(2000)] | None = None
    due: Moment | None = None
    owner: UUID | None = None


class ThingResponse(ResponseModel):
    """A thing."""

    thing_id: UUID
    name: str
    count: int
    due: Moment | None
    owner: UUID | None
    version: int


A_LAMP = ThingResponse(
    thing_id=UUID("01a20e28-0f3d-748b-97af-a3e33bce55d0"), name="A lamp", count=3, due=None, owner=None, version=1
)
SAMPLES = (ThingRequest(name="A lamp", count=3, owner=None), A_LAMP)

router = APIRouter(prefix="/v1/things", route_class=StrictRoute, tags=["things"])


def shelf_of(request: Request) -> Shelf:
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
    kept = await once(ThingView, shelf_of(request).put, view)
    response.headers["location"] = f"/v1/things/{kept.thing_id}"
    tag(kept)
    return ThingResponse.of(kept)


@router.get("", operation_id="list_things", summary="List things", responses=refusals())
async def show_many(
    request: Request,
    page: Page,
    q: Annotated[str | None, Query(), line(20)] = None,
    label: Annotated[list[str] | None, Query()] = None,
) -> Listing[ThingResponse]:
    behind = page.after(tuple[str, UUID])
    things = sorted(shelf_of(request).things.values(), key=lambda thing: (thing.name, thing.thing_id))
    found = [thing for thing in things if behind is None or (thing.name, thing.thing_id) > behind]
    return page.listing([ThingResponse.of(thing) for thing in found], lambda last: (last.name, last.thing_id))


@router.get("/{thing_id}", operation_id="get_thing", summary="Show a thing", responses=refusals(NoSuchThing))
async def show_one(thing_id: UUID, request: Request, tag: Tag) -> ThingResponse:
    thing = shelf_of(request).things.get(thing_id)
    if thing is None:
        raise NoSuchThing("There is no thing of that id.", thing_id=thing_id)
    tag(thing)
    return ThingResponse.of(thing)


@router.put("/{thing_id}", operation_id="change_thing", summary="Change a thing", responses=refusals(OutOfDate))
async def change(thing_id: UUID, body: ThingRequest, request: Request, expected: IfMatch, tag: Tag) -> ThingResponse:
    thing = shelf_of(request).things[thing_id]
    if expected not in (None, thing.version):
        raise OutOfDate("Somebody else changed it.", present=thing.version)
    changed = ThingView(thing_id, body.name, body.count, body.due, body.owner, thing.version + 1)
    shelf_of(request).things[thing_id] = changed
    tag(changed)
    return ThingResponse.of(changed)


def a_thing(name: str = "A lamp", **more: Any) -> ThingView:
    fields: dict[str, Any] = {"thing_id": new_id(), "name": name, "count": 1, "due": None, "owner": None, "version": 1}
    return ThingView(**fields | more)
