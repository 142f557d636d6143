"""Routes for hold queues, pull lists and copies away from home."""

from inspect import getdoc
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import Field

from loans_service.api.dependencies import Acting, Holding
from loans_service.api.holds.hold_responses import QueueResponse
from loans_service.api.shapes import BranchCode, CopyNamed, NamedBranch
from loans_service.application.holds.hold_views import (
    BranchContents,
    CopyAwayView,
    PullListItem,
    QueueView,
    TransitView,
)
from loans_service.application.holds.reorder_queue import MOST_REORDERED, Reorder, ReorderQueue
from loans_service.application.holds.send_copy import Send, SendCopy
from loans_service.application.holds.show_holds import ListTransits
from shared.web.cursors import FirstPage, Listing, ListPage, Page
from shared.web.etags import IfMatch, Tag
from shared.web.idempotency import Once
from shared.web.json.strict_json import Moment, PlainDigits, ResponseModel, StrictJsonBody, StrictRoute, line
from shared.web.problems import refused_by

router = APIRouter(prefix="/v1", route_class=StrictRoute, tags=["holds"])

CirculationStatusName = Literal["hold_shelf", "to_clear", "in_transit"]


class OrderRequest(StrictJsonBody):
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


class QueueLengthResponse(ResponseModel):
    """How many wait for a book."""

    book_id: UUID
    waiting: int


class QueueLengths(ResponseModel):
    """The queues of the books that were named, in their order."""

    items: list[QueueLengthResponse]


class TransitRequest(CopyNamed):
    """Which copy to send, and where to."""

    to_branch: BranchCode


@router.get("/hold-queues", operation_id="list_hold_queues", summary="Say how many wait for each of some books")
async def show_lengths(
    holding: Holding,
    *,
    book_id: Annotated[list[UUID], Query(min_length=1, max_length=100, description="Up to 100 books.")],
) -> QueueLengths:
    """Anybody may ask; of who waits nothing is told."""
    waiting = await holding.queries.waiting(book_id)
    return QueueLengths(items=[QueueLengthResponse(book_id=each, waiting=waiting.get(each, 0)) for each in book_id])


@router.get(
    "/hold-queues/{book_id}",
    operation_id="get_hold_queue",
    summary="Show who waits for a book, the next one first",
    description=(
        "The number that each page's `ETag` begins with stands for the whole order: pages on which it is the same "
        "belong together, and any of their tags goes into `If-Match` when the queue is put into another order."
    ),
)
async def show_queue(book_id: UUID, *, page: Page, holding: Holding, tag: Tag) -> QueueResponse:
    after = page.after(tuple[Annotated[int, Field(ge=0, le=2**31 - 1)], UUID])
    queue = await holding.show_queue(book_id, limit=page.limit, after=after)
    return _queue_page(queue, page, tag)


@router.put(
    "/hold-queues/{book_id}",
    operation_id="reorder_hold_queue",
    summary="Put the queue for a book into another order",
    description=getdoc(ReorderQueue),
    responses=refused_by(ReorderQueue),
)
async def reorder(
    book_id: UUID,
    body: OrderRequest,
    *,
    version: IfMatch,
    actor: Acting,
    page: FirstPage,
    holding: Holding,
    tag: Tag,
) -> QueueResponse:
    queue = await holding.reorder_queue(
        Reorder(book_id, body.hold_ids, version, page.limit, actor.name, actor.person_id)
    )
    return _queue_page(queue, page, tag)


def _queue_page(queue: QueueView, page: ListPage, tag: Tag) -> QueueResponse:
    tag(queue)
    listing = page.ending(list(queue.holds), queue.reached)
    return QueueResponse(
        book_id=queue.book_id, waiting=queue.waiting, items=listing.items, next_cursor=listing.next_cursor
    )


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
    holding: Holding,
    *,
    status: CirculationStatusName,
    branch: Annotated[str, line(40)] | None = None,
) -> Listing[CopyAwayResponse]:
    after = page.after(tuple[Moment, UUID])
    found = await holding.queries.away(status, branch, limit=page.limit + 1, after=after)
    return page.listing([CopyAwayResponse.of(copy) for copy in found], lambda last: (last.since, last.copy_id))


@router.get(
    "/holds/pull-list",
    operation_id="get_pull_list",
    summary="List the copies to be pulled in a branch",
    description=(
        "By locations, in each in the order of its shelf marks, each once: the targets of those who wait. Fetch them "
        "and scan them with a return; what is not to be found is told with `POST /v1/holds/{hold_id}/not-found`."
    ),
)
async def show_pull_list(page: Page, holding: Holding, *, branch: Annotated[str, line(40)]) -> Listing[PullListItem]:
    after = page.after(tuple[str, str, UUID])
    found = await holding.queries.to_pull(branch, limit=page.limit + 1, after=after)
    filed = {item.copy_id: key for key, item in found}
    return page.listing(
        [item for _, item in found], lambda last: (last.location or "", filed[last.copy_id], last.copy_id)
    )


@router.get(
    "/transits",
    operation_id="list_transits",
    summary="List the copies that are on their way",
    description=getdoc(ListTransits),
)
async def show_transits(
    page: Page,
    holding: Holding,
    *,
    older_than_days: Annotated[int, Query(ge=0, le=3_650, description="For so many days at least."), PlainDigits] = 0,
    branch: Annotated[str, line(40)] | None = None,
) -> Listing[TransitView]:
    after = page.after(tuple[Moment, UUID])
    found = await holding.list_transits(
        older_than_days=older_than_days, branch=branch, limit=page.limit + 1, after=after
    )
    return page.listing(found, lambda last: (last.since, last.copy_id))


@router.get(
    "/branches/{code}/closure",
    operation_id="get_closure_of_branch",
    summary="Count what lending has in a branch that is to close, or has closed",
)
async def show_contents(code: NamedBranch, holding: Holding) -> BranchContents:
    """Ask before the branch is closed for good in books; afterwards all but the loans is moved within a minute."""
    return await holding.queries.contents(code)


@router.post(
    "/transits",
    operation_id="send_copy",
    summary="Send a copy to another branch",
    description=getdoc(SendCopy),
    responses=refused_by(SendCopy),
)
async def send(body: TransitRequest, *, actor: Acting, holding: Holding, once: Once) -> CopyAwayResponse:
    return CopyAwayResponse.of(
        await once(CopyAwayView, holding.send_copy, Send(body.copy_key(), body.to_branch, actor.name))
    )
