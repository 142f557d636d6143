"""Routes for the subscriptions of periodicals."""

from collections.abc import Sequence
from datetime import date
from inspect import getdoc
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import AliasChoices, Field

from books_service.api.dependencies import Serials
from books_service.api.shapes import BranchCode, Day, ItemType, LocationCode, Note
from books_service.application.serials.queries import SerialQueries
from books_service.application.serials.subscribe import (
    EndSubscription,
    Subscribe,
    SubscriptionChange,
    SubscriptionEnd,
)
from books_service.application.serials.views import SubscriptionView
from books_service.domain.serials.pattern import (
    LARGEST_NUMBER,
    LONGEST_NUMBERING,
    MOST_OMITTED_DAYS,
    MOST_PER_VOLUME,
    Frequency,
    Pattern,
)
from books_service.domain.serials.subscription import (
    LONGEST_STATION,
    LONGEST_SUPPLIER,
    MOST_COPIES_OF_ISSUE,
    MOST_DAYS_LATE,
    MOST_ON_ROUTE,
    USUAL_DAYS_LATE,
    IssueCopy,
)
from books_service.domain.stock.copy_facts import DEFAULT_ITEM_TYPE
from shared.web.cursors import Listing, Page
from shared.web.etags import IfMatchUnlessNew, MaybeIfMatch, Tag
from shared.web.json.strict_json import ResponseModel, StrictJsonBody, StrictRoute, line
from shared.web.problems import refused_by

of_a_book = APIRouter(prefix="/v1/books/{book_id}/subscription", route_class=StrictRoute, tags=["serials"])
lists = APIRouter(prefix="/v1/subscriptions", route_class=StrictRoute, tags=["serials"])

_OmittedDay = Annotated[str, Field(pattern="^([0-9]{4}-)?(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$")]
_Number = Annotated[int, Field(ge=1, le=LARGEST_NUMBER)]


class PatternRequest(StrictJsonBody):
    """How a periodical comes out, and how its issues are numbered. What is left out has no number."""

    frequency: Frequency = Field(description="By the month or year an issue is due on the day of the month of `from`.")
    numbering: Annotated[str, line(LONGEST_NUMBERING)] | None = Field(
        None,
        description="What stands on an issue: words with {year}, {month}, {day}, {volume}, {number}, or {number:03} for"
        " three digits. By the day, the month or the year if absent.",
        examples=["Vol. {volume} No. {number}"],
    )
    first_volume: _Number = 1
    first_number: _Number = 1
    issues_per_volume: Annotated[int, Field(ge=1, le=MOST_PER_VOLUME)] | None = Field(
        None, description="After so many a volume begins, with number 1."
    )
    new_volume_each_year: Annotated[bool, Field(description="So does it with the first issue of each year.")] = False
    omitted_months: Annotated[list[Annotated[int, Field(ge=1, le=12)]], Field(default_factory=list, max_length=11)]
    omitted_weekdays: Annotated[
        list[Annotated[int, Field(ge=1, le=7)]],
        Field(default_factory=list, max_length=6, description="1 is Monday, 7 Sunday."),
    ]
    omitted_days: Annotated[
        list[_OmittedDay],
        Field(
            default_factory=list,
            max_length=MOST_OMITTED_DAYS,
            description="12-25 in each year, or 2026-04-03 once.",
        ),
    ]


class IssueCopyRequest(StrictJsonBody):
    """A copy that the library gets of each issue."""

    branch: BranchCode
    location: LocationCode | None = Field(None, description="One of the branch's locations.")
    item_type: ItemType = DEFAULT_ITEM_TYPE
    shelf_mark: Note | None = None
    route: Annotated[
        list[Annotated[str, line(LONGEST_STATION)]],
        Field(
            default_factory=list,
            max_length=MOST_ON_ROUTE,
            description="To whom each issue goes round before it is put on the shelf, in order: offices and desks,"
            " rather than readers, whose names would stay here when they are erased.",
            examples=[["Editorial office", "Press desk, 2nd floor"]],
        ),
    ]


class SubscriptionRequest(StrictJsonBody):
    """How a periodical comes in."""

    pattern: PatternRequest
    starts: Day = Field(alias="from", description="The day on which the first issue that the library gets is due.")
    ends: Day | None = Field(None, alias="until", description="No issue is due after this day.")
    copies: Annotated[list[IssueCopyRequest], Field(min_length=1, max_length=MOST_COPIES_OF_ISSUE)]
    late_after_days: Annotated[int, Field(ge=0, le=MOST_DAYS_LATE)] = Field(
        USUAL_DAYS_LATE, description="An issue is late when it is not there so many days after it was due."
    )
    supplier: Annotated[str, line(LONGEST_SUPPLIER)] | None = Field(None, description="Whom issues are claimed from.")

    def to_command(self, book_id: UUID, version: int | None) -> SubscriptionChange:
        """Return the command of the use case."""
        return SubscriptionChange(
            book_id,
            version,
            self.pattern.frequency,
            self.pattern.model_dump(exclude={"frequency"}),
            self.starts,
            self.ends,
            [each.model_dump() for each in self.copies],
            self.late_after_days,
            self.supplier,
        )


class SubscriptionResponse(ResponseModel):
    """How a periodical comes in, and which issue is the next."""

    book_id: UUID
    title: str
    pattern: Pattern
    starts: date = Field(validation_alias=AliasChoices("from", "starts"), serialization_alias="from")
    ends: date | None = Field(validation_alias=AliasChoices("until", "ends"), serialization_alias="until")
    copies: Sequence[IssueCopy]
    late_after_days: int
    supplier: str | None
    next_volume: str | None
    next_on: date | None
    version: int


@lists.get("", operation_id="list_subscriptions", summary="List the periodicals that come in")
async def show_many(page: Page, serials: Serials) -> Listing[SubscriptionResponse]:
    """In the order of the ids of their books. An issue that is due and not there yet stands in `/v1/issues`."""
    found = await serials.queries.subscriptions(after=page.after_id(), limit=page.limit + 1)
    return page.listing([SubscriptionResponse.of(each) for each in found], lambda last: (last.book_id,))


@of_a_book.get(
    "",
    operation_id="get_subscription",
    summary="Show how a periodical comes in",
    responses=refused_by(SerialQueries.subscription),
)
async def show(book_id: UUID, serials: Serials, tag: Tag) -> SubscriptionResponse:
    """`next_volume` is the issue that is due next, on `next_on`."""
    return _shown(await serials.queries.subscription(book_id), tag)


@of_a_book.put(
    "",
    operation_id="put_subscription",
    summary="Subscribe to a periodical, or change how it comes in",
    description=getdoc(Subscribe),
    responses={201: {"description": "It comes in from now on."}, **refused_by(Subscribe)},
)
async def put(
    book_id: UUID,
    body: SubscriptionRequest,
    if_match: IfMatchUnlessNew,
    *,
    serials: Serials,
    tag: Tag,
    response: Response,
) -> SubscriptionResponse:
    with if_match.needed_for_what_is_there():
        subscription = await serials.subscribe(body.to_command(book_id, if_match.version))
    response.status_code = 201 if subscription.version == 1 else 200
    return _shown(subscription, tag)


@of_a_book.delete(
    "",
    status_code=204,
    operation_id="end_subscription",
    summary="End the subscription of a periodical",
    description=getdoc(EndSubscription),
    responses=refused_by(EndSubscription),
)
async def end(book_id: UUID, version: MaybeIfMatch, serials: Serials) -> None:
    await serials.end_subscription(SubscriptionEnd(book_id, version))


def _shown(view: SubscriptionView, tag: Tag) -> SubscriptionResponse:
    return SubscriptionResponse.of(tag(view))
