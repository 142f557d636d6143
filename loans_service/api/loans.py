"""Routes for loans: check out, look up."""

from datetime import datetime
from inspect import getdoc
from typing import Annotated, Literal, Self
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from pydantic import ConfigDict, Field, model_validator

from loans_service.api.dependencies import Outside
from loans_service.api.shapes import BranchCode, CardNumber, CopyNamed, LoanShown
from loans_service.application.check_out_copy import CheckOutCopy, check_out_copy
from loans_service.application.ports import MemberKey
from loans_service.application.refusals import OF_CHECK_OUT, OF_LOOKING_UP
from loans_service.application.show_loans import list_loans, show_loan
from loans_service.application.views import LoanFilter, LoanView
from shared.kernel.receipts import Receipt
from shared.web.auth import Caller, OnlyOf
from shared.web.cursors import Listing, Page, PageWanted, encode_cursor, listing
from shared.web.etags import Tag
from shared.web.idempotency import Once
from shared.web.problems import refusals
from shared.web.strict_json import Body, Moment, StrictRoute, line, paragraph

router = APIRouter(prefix="/v1/loans", route_class=StrictRoute, tags=["loans"])

_STAFF = frozenset({"librarian", "admin"})


class OverrideAsked(Body):
    """Refusals to set aside, by their codes, and why. For staff only; the loan remembers both."""

    codes: Annotated[
        list[Annotated[str, line(60)]], Field(min_length=1, max_length=20, examples=[["loan-limit-reached"]])
    ]
    comment: Annotated[str, paragraph(500), Field(examples=["Exam week, agreed with the head of circulation."])]


class CheckOutAsked(CopyNamed):
    """Which copy to which member; each is named in one of two ways."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"copy_barcode": "30000000000019", "card_number": "20000000000018"}]}
    )

    card_number: CardNumber | None = None
    member_id: UUID | None = None
    branch: BranchCode | None = Field(None, description="Where the loan is made; the copy's own branch if absent.")
    due_at: Moment | None = Field(None, description="Another due date than the policy's.")
    override: OverrideAsked | None = None

    @model_validator(mode="after")
    def names_one_member(self) -> Self:
        """Refuse a member named twice or not at all."""
        if (self.card_number is None) == (self.member_id is None):
            raise ValueError("name the member by either card_number or member_id")
        return self

    def wish(self, *, by_staff: bool) -> CheckOutCopy:
        """Return the wish as the use case takes it."""
        return CheckOutCopy(
            copy=self.copy_key(),
            member=MemberKey(member_id=self.member_id, card_number=self.card_number),
            branch=self.branch,
            due_at=self.due_at,
            set_aside=tuple(self.override.codes) if self.override else (),
            because=self.override.comment if self.override else "",
            by_staff=by_staff,
        )


@router.post(
    "",
    status_code=201,
    operation_id="check_out_copy",
    summary="Check a copy out",
    description=getdoc(check_out_copy),
    responses=refusals(*OF_CHECK_OUT),
)
async def check_out(
    body: CheckOutAsked, *, caller: Caller, outside: Outside, once: Once, tag: Tag, response: Response
) -> LoanShown:
    async def act(receipt: Receipt | None) -> LoanView:
        return await check_out_copy(
            body.wish(by_staff=not _STAFF.isdisjoint(caller.roles)),
            uow=outside.unit_of_work(receipt),
            catalogue=outside.catalogue,
            members=outside.members,
            policy=outside.policy,
            clock=outside.clock,
            zone=outside.zone,
        )

    loan = await once(LoanView, act)
    response.headers["Location"] = f"/v1/loans/{loan.loan_id}"
    tag(loan.version)
    return LoanShown.at(loan, now=outside.clock.now())


async def _wanted(
    outside: Outside,
    *,
    member_id: UUID | None = None,
    copy_id: UUID | None = None,
    book_id: UUID | None = None,
    branch: Annotated[str, line(40)] | None = None,
    status: Literal["open", "returned"] | None = None,
    overdue: bool | None = None,
) -> LoanFilter:
    return LoanFilter(
        now=outside.clock.now(),
        member_id=member_id,
        copy_id=copy_id,
        book_id=book_id,
        branch=branch,
        open=None if status is None else status == "open",
        overdue=overdue,
    )


@router.get(
    "",
    operation_id="list_loans",
    summary="List loans, newest first",
    responses=refusals(*OF_LOOKING_UP),
)
async def show_many(
    wanted: Annotated[LoanFilter, Depends(_wanted)],
    page: Page,
    outside: Outside,
    request: Request,
    response: Response,
    *,
    card_number: Annotated[str, line(40)] | None = None,
) -> Listing[LoanShown]:
    found = await list_loans(
        wanted,
        card_number=card_number,
        limit=page.limit + 1,
        before=page.after(tuple[datetime, UUID]),
        views=outside.views,
        members=outside.members,
    )
    return _listed(found, page, wanted.now, request, response)


@router.get(
    "/mine",
    operation_id="list_my_loans",
    summary="List one's own loans, newest first",
    responses=refusals(*OF_LOOKING_UP),
)
async def show_mine(
    page: Page, only_of: OnlyOf, outside: Outside, request: Request, response: Response
) -> Listing[LoanShown]:
    now = outside.clock.now()
    before = page.after(tuple[datetime, UUID])
    mine = LoanFilter(now=now, member_id=only_of)
    found = await outside.views.loans(mine, limit=page.limit + 1, before=before)
    return _listed(found, page, now, request, response)


@router.get(
    "/{loan_id}",
    operation_id="get_loan",
    summary="Show a loan",
    responses=refusals(*OF_LOOKING_UP),
)
async def show_one(loan_id: UUID, only_of: OnlyOf, outside: Outside, tag: Tag) -> LoanShown:
    loan = await show_loan(loan_id, only_of=only_of, views=outside.views)
    tag(loan.version)
    return LoanShown.at(loan, now=outside.clock.now())


def _listed(
    found: list[LoanView], page: PageWanted, now: datetime, request: Request, response: Response
) -> Listing[LoanShown]:
    """Show one page of what was found; one loan more than the page holds says that there is another."""
    shown = found[: page.limit]
    more = len(found) > page.limit
    cursor = encode_cursor((shown[-1].checked_out_at, shown[-1].loan_id)) if more else None
    return listing(request, [LoanShown.at(loan, now=now) for loan in shown], cursor, response)
