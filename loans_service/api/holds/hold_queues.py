"""Routes for hold queues, and for what the desk fetches from shelves."""

from inspect import getdoc
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Request, Response
from pydantic import Field

from loans_service.api.dependencies import Actor, UseCases
from loans_service.api.holds.hold_responses import HoldResponse, QueueResponse, tag_of_queue
from loans_service.application.holds.hold_views import QueueView
from loans_service.application.holds.reorder_queue import MOST_REORDERED, reorder_queue
from loans_service.application.refusals import OF_REORDERING
from shared.web.cursors import Listing, Page, listing
from shared.web.etags import IfMatch, Tag
from shared.web.json.strict_json import Body, Moment, ResponseModel, StrictRoute, line
from shared.web.problems import refusals

router = APIRouter(prefix="/v1", route_class=StrictRoute, tags=["holds"])

CirculationStatusName = Literal["hold_shelf", "to_clear", "in_transit"]


class OrderRequest(Body):
    """The holds that wait for a book, in the order in which they are to be served."""

    hold_ids: list[UUID] = Field(max_length=MOST_REORDERED)


class CopyAwayResponse(ResponseModel):
    """A copy on a hold shelf or on its way. `branch` is where it lies or goes, `hold_id` whom it is captured for."""

    copy_id: UUID
    book_id: UUID
    title: str
    barcode: str
    home_branch: str
    status: CirculationStatusName
    branch: str
    hold_id: UUID | None
    since: Moment


class PullListItemResponse(ResponseModel):
    """A copy to fetch from the shelf and scan, the hold that it could fill, and how many wait for the book."""

    copy_id: UUID
    book_id: UUID
    title: str
    barcode: str
    home_branch: str
    hold_id: UUID
    pickup_branch: str | None
    waiting: int


@router.get(
    "/hold-queues/{book_id}",
    operation_id="get_hold_queue",
    summary="Show who waits for a book, the next one first",
    description=(
        "The number that each page's `ETag` begins with stands for the whole order: pages on which it is the same "
        "belong together, and any of their tags goes into `If-Match` when the queue is put into another order."
    ),
)
async def show_queue(
    book_id: UUID, *, page: Page, ports: UseCases, tag: Tag, request: Request, response: Response
) -> QueueResponse:
    after = page.after(tuple[Annotated[int, Field(ge=0, le=2**31 - 1)], UUID])
    queue = await ports.holds.queue(book_id, limit=page.limit, after=after)
    return _shown(queue, tag, request, response)


@router.put(
    "/hold-queues/{book_id}",
    operation_id="reorder_hold_queue",
    summary="Put the queue for a book into another order",
    description=getdoc(reorder_queue),
    responses=refusals(*OF_REORDERING),
)
async def reorder(
    book_id: UUID,
    body: OrderRequest,
    *,
    version: IfMatch,
    by: Actor,
    page: Page,
    ports: UseCases,
    tag: Tag,
    request: Request,
    response: Response,
) -> QueueResponse:
    uow = ports.unit_of_work(by=by)
    queue = await reorder_queue(book_id, body.hold_ids, expected_version=version, limit=page.limit, uow=uow)
    return _shown(queue, tag, request, response)


def _shown(queue: QueueView, tag: Tag, request: Request, response: Response) -> QueueResponse:
    tag(queue.version, tag_of_queue(queue))
    page = listing(request, [HoldResponse.of(hold) for hold in queue.holds], queue.reached, response)
    return QueueResponse(book_id=queue.book_id, waiting=queue.waiting, items=page.items, next_cursor=page.next_cursor)


@router.get(
    "/circulation-statuses",
    operation_id="list_circulation_statuses",
    summary="List the copies on hold shelves or on their way",
    description=(
        "The longest waiting first. `hold_shelf`: captured and not fetched yet. `to_clear`: still on the hold shelf "
        "though its hold has ended; scan it, and the answer says where it goes. `in_transit`: on its way to `branch`. "
        "A copy that was never scanned on its way, or that stands at home, is in no such list."
    ),
)
async def show_circulation_statuses(
    page: Page,
    ports: UseCases,
    request: Request,
    response: Response,
    *,
    status: CirculationStatusName,
    branch: Annotated[str, line(40)] | None = None,
) -> Listing[CopyAwayResponse]:
    after = page.after(tuple[Moment, UUID])
    found = await ports.holds.away(status, branch, limit=page.limit + 1, after=after)
    shown = found[: page.limit]
    last = (shown[-1].since, shown[-1].copy_id) if len(found) > page.limit else None
    return listing(request, [CopyAwayResponse.of(copy) for copy in shown], last, response)


@router.get(
    "/holds/pull-list",
    operation_id="get_pull_list",
    summary="List the copies on the shelves of a branch that somebody waits for",
    description=(
        "Fetch them and scan them with a return: each goes to the hold whose turn it is. Loans knows the copies that "
        "were lent or captured at least once; look for others of the same book beside them."
    ),
)
async def show_pull_list(
    page: Page, ports: UseCases, request: Request, response: Response, *, branch: Annotated[str, line(40)]
) -> Listing[PullListItemResponse]:
    after = page.after(tuple[UUID, UUID])
    found = await ports.holds.wanted(branch, now=ports.clock.now(), limit=page.limit + 1, after=after)
    shown = found[: page.limit]
    last = (shown[-1].book_id, shown[-1].copy_id) if len(found) > page.limit else None
    return listing(request, [PullListItemResponse.of(copy) for copy in shown], last, response)
