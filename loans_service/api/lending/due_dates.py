"""The route that sets another due date for many loans."""

from inspect import getdoc
from typing import Annotated, Self
from uuid import UUID

from fastapi import APIRouter
from pydantic import Field, model_validator

from loans_service.api.dependencies import Acting, Lending
from loans_service.api.lending.decisions import RefusalResponse
from loans_service.api.shapes import BranchCode
from loans_service.application.lending.amendments.change_due_dates import ChangeDueDates, DueDatesChange, DueDatesView
from loans_service.application.lending.views import LoanFilter
from shared.web.idempotency import Once
from shared.web.json.strict_json import Moment, ResponseModel, StrictJsonBody, StrictRoute, line, paragraph
from shared.web.problems import refused_by

router = APIRouter(prefix="/v1/loans/due-dates", route_class=StrictRoute, tags=["loans"])


class WhichLoans(StrictJsonBody):
    """Open loans for which all of this is true; something is said."""

    branch: BranchCode | None = Field(None, description="where they were made")
    item_type: Annotated[str, line(40)] | None = None
    category: Annotated[str, line(40)] | None = Field(None, description="of the member when the loan was made")
    member_id: UUID | None = None
    book_id: UUID | None = None
    due_from: Moment | None = Field(None, description="due then or later")
    due_until: Moment | None = Field(None, description="due then or earlier")

    @model_validator(mode="after")
    def says_something(self) -> Self:
        """Refuse to change all loans of the library by an empty condition."""
        if not self.model_dump(exclude_none=True):
            raise ValueError("say which loans: by branch, item type, category, member, book or due date")
        return self


class DueDatesRequest(StrictJsonBody):
    """Which loans are due when instead, and why."""

    where: WhichLoans
    due_at: Moment
    reason: Annotated[str, paragraph(500)] | None = Field(None, description="Read by staff only.")
    dry_run: bool = Field(default=False, description="Say which loans these are, and change nothing.")


class DueDateLine(ResponseModel):
    """A loan that is due at `due_at` instead, or would be; `refusal` is why it is not."""

    line: int
    loan_id: UUID
    barcode: str
    title: str
    member_id: UUID
    was_due_at: Moment
    due_at: Moment
    refusal: RefusalResponse | None


class DueDatesResponse(ResponseModel):
    """A result for each loan; `more`: others match, too."""

    dry_run: bool
    results: list[DueDateLine]
    more: bool


@router.post(
    "",
    operation_id="change_due_dates",
    summary="Set another due date for many loans",
    description=getdoc(ChangeDueDates),
    responses=refused_by(ChangeDueDates),
)
async def set_due_dates(body: DueDatesRequest, *, actor: Acting, lending: Lending, once: Once) -> DueDatesResponse:
    which = LoanFilter(now=lending.clock.now(), **body.where.model_dump())
    command = DueDatesChange(
        where=which,
        due_at=body.due_at,
        why=body.reason or "",
        dry_run=body.dry_run,
        by=actor.name,
        by_member=actor.person_id,
    )
    return DueDatesResponse.of(await once.in_parts(DueDatesView, lending.change_due_dates, command))
