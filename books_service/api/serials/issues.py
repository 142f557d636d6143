"""Routes for the issues of periodicals."""

from datetime import date
from inspect import getdoc
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import Field

from books_service.api.dependencies import Actor, Serials
from books_service.api.shapes import Day, NewBarcode
from books_service.application.serials.print_routing_slips import PrintRoutingSlips
from books_service.application.serials.queries import SerialQueries
from books_service.application.serials.receive_issue import IssueArrival, ReceiveIssue
from books_service.application.serials.revise_issue import IssueRevision, ReviseIssue
from books_service.application.serials.views import IssueQuery, IssueReceived, IssueView
from books_service.domain.serials.issue import LONGEST_ISSUE_VOLUME, IssueState
from books_service.domain.serials.subscription import MOST_COPIES_OF_ISSUE
from shared.web.cursors import Listing, Page
from shared.web.documents.described import located
from shared.web.etags import IfMatch, Tag
from shared.web.idempotency import Once
from shared.web.json.strict_json import StrictJsonBody, StrictRoute, line
from shared.web.problems import refused_by
from shared.web.sheets import ANSWERS, pdf_answer

of_a_book = APIRouter(prefix="/v1/books/{book_id}/issues", route_class=StrictRoute, tags=["serials"])
router = APIRouter(prefix="/v1/issues", route_class=StrictRoute, tags=["serials"])


class IssueRequest(StrictJsonBody):
    """An issue that came in."""

    volume: Annotated[str, line(LONGEST_ISSUE_VOLUME), Field(description="As it is printed.", examples=["2026/11"])]
    received_on: Day | None = Field(None, description="Today if absent.")
    barcodes: Annotated[list[NewBarcode], Field(min_length=1, max_length=MOST_COPIES_OF_ISSUE)] | None = Field(
        None, description="One for each copy of the subscription, in their order; drawn if absent."
    )


class IssuePatchRequest(StrictJsonBody):
    """What changes of an issue, as a merge patch."""

    claimed_on: Day | None = Field(None, description="When it was claimed from the supplier; null: it was not.")
    # Never looked at unless it is given.
    state: Literal["expected", "not_published"] = "expected"


@of_a_book.post(
    "",
    status_code=201,
    operation_id="receive_issue",
    summary="Receive an issue of a periodical",
    description=getdoc(ReceiveIssue),
    responses=located() | refused_by(ReceiveIssue),
)
async def receive(
    book_id: UUID, body: IssueRequest, *, serials: Serials, who: Actor, once: Once, tag: Tag, response: Response
) -> IssueReceived:
    command = IssueArrival(book_id, body.volume, body.received_on, body.barcodes, who)
    received = await once(IssueReceived, serials.receive_issue, command)
    response.headers["Location"] = f"/v1/issues/{received.issue.issue_id}"
    return tag(received)


@router.get("", operation_id="list_issues", summary="List issues: those that are late, and all others")
async def show_many(
    page: Page,
    serials: Serials,
    *,
    late: Annotated[bool | None, Query(description="Only those that should have come in, and have not.")] = None,
    claimed: Annotated[bool | None, Query(description="Only those that were claimed, or were not.")] = None,
    state: Annotated[IssueState | None, Query(description="Only those of this state.")] = None,
    book_id: Annotated[UUID | None, Query(description="Only those of this periodical.")] = None,
) -> Listing[IssueView]:
    """By the day on which they were due, or else came in, oldest first."""
    query = IssueQuery(book_id, state, late, claimed)
    place = page.after(tuple[date, UUID])
    found = await serials.queries.issues(query, today=serials.today(), after=place, limit=page.limit + 1)
    return page.listing(found, lambda last: last.place)


@router.get(
    "/{issue_id}",
    operation_id="get_issue",
    summary="Show an issue of a periodical",
    responses=refused_by(SerialQueries.issue),
)
async def show_one(issue_id: UUID, serials: Serials, tag: Tag) -> IssueView:
    """When it was due, came in and was claimed. Its copies are those of its book with its volume."""
    return tag(await serials.queries.issue(issue_id, today=serials.today()))


@router.get(
    "/{issue_id}/routing-slips",
    operation_id="print_routing_slips",
    summary="Print to whom the copies of an issue go round",
    description=getdoc(PrintRoutingSlips),
    response_class=Response,
    responses={**ANSWERS, **refused_by(PrintRoutingSlips)},
)
async def print_slips(issue_id: UUID, serials: Serials) -> Response:
    return pdf_answer(await serials.print_routing_slips(issue_id), "routing-slips")


@router.patch(
    "/{issue_id}",
    operation_id="revise_issue",
    summary="Note that an issue was claimed, or was never published",
    description=getdoc(ReviseIssue),
    responses=refused_by(ReviseIssue),
)
async def revise(issue_id: UUID, body: IssuePatchRequest, version: IfMatch, *, serials: Serials, tag: Tag) -> IssueView:
    changes = {name: getattr(body, name) for name in body.model_fields_set}
    return tag(await serials.revise_issue(IssueRevision(issue_id, version, changes)))
