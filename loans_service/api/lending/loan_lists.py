"""Routes that list loans."""

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from loans_service.api.dependencies import Lending, Whose
from loans_service.api.lending.decisions import RefusalResponse
from loans_service.application.lending.renewals.foresee_renewals import RenewalView
from loans_service.application.lending.show_loans import ListLoans
from loans_service.application.lending.use_cases import LendingUseCases
from loans_service.application.lending.views import TITLE_IN_ORDER, LoanFilter, LoanOrder, LoanView
from loans_service.application.whose_things import WhoseThings
from loans_service.domain.lending.loan_status import LoanStatus
from shared.web.cursors import Listing, ListPage, Page
from shared.web.json.strict_json import Moment, ResponseModel, ShortNumber, StrictRoute, line
from shared.web.problems import refused_by

router = APIRouter(prefix="/v1/loans", route_class=StrictRoute, tags=["loans"])

_PLACES: dict[LoanOrder, Any] = {
    "-checked_out_at": tuple[Literal["-checked_out_at"], Moment, UUID],
    "checked_out_at": tuple[Literal["checked_out_at"], Moment, UUID],
    "-due_at": tuple[Literal["-due_at"], Moment, UUID],
    "due_at": tuple[Literal["due_at"], Moment, UUID],
    "title": tuple[Literal["title"], str, UUID],
}
"""The contents of a cursor by the order of the list; a cursor of another order is invalid."""


class RenewalResponse(ResponseModel):
    """Whether the borrower could renew a loan now, and everything that speaks against it."""

    allowed: bool
    refusals: list[RefusalResponse]


@dataclass(frozen=True, slots=True)
class ListedLoan(LoanView):
    """A loan in a list. With `include=renewal`: whether it could be renewed, and how many others wait for its book."""

    renewal: RenewalResponse | None
    waiting: int | None

    @classmethod
    def with_renewal(cls, loan: LoanView, renewal: RenewalView | None) -> Self:
        """Return a listed loan, with the refusals of its renewal if they were requested."""
        response, waiting = None, None
        if renewal is not None:
            response = RenewalResponse.of({"allowed": not renewal.refusals, "refusals": renewal.refusals})
            waiting = renewal.waiting
        return cls(**{name: getattr(loan, name) for name in _OF_A_LOAN}, renewal=response, waiting=waiting)


_OF_A_LOAN = [field.name for field in fields(LoanView)]


class LoanListResponse(Listing[ListedLoan]):
    """One page of loans. `total` is how many there are in all, where they are one person's."""

    total: int | None


@dataclass(frozen=True, slots=True)
class _Options:
    """How loans are to be shown."""

    page: ListPage
    order: LoanOrder
    with_renewal: bool


async def _options(
    page: Page,
    *,
    sort: Annotated[LoanOrder, Query(description="By anything but the newest: the loans of one member alone.")] = (
        "-checked_out_at"
    ),
    include: Annotated[
        Literal["renewal"] | None, Query(description="renewal: also whether each could be renewed, and who waits.")
    ] = None,
) -> _Options:
    return _Options(page, sort, include == "renewal")


Options = Annotated[_Options, Depends(_options)]


async def _filters(
    lending: Lending,
    *,
    member_id: UUID | None = None,
    copy_id: UUID | None = None,
    book_id: UUID | None = None,
    branch: Annotated[str, line(40)] | None = None,
    status: LoanStatus | None = None,
    overdue: bool | None = None,
    offline: bool | None = None,
    number: Annotated[ShortNumber | None, Query(description="The number of the loan: a list of none or one.")] = None,
) -> LoanFilter:
    return LoanFilter(
        now=lending.clock.now(),
        member_id=member_id,
        copy_id=copy_id,
        book_id=book_id,
        branch=branch,
        status=status,
        overdue=overdue,
        offline=offline,
        number=number,
    )


@router.get(
    "",
    operation_id="list_loans",
    summary="List loans, newest first",
    responses=refused_by(ListLoans),
)
async def show_many(
    filters: Annotated[LoanFilter, Depends(_filters)],
    options: Options,
    lending: Lending,
    *,
    card_number: Annotated[str, line(40)] | None = None,
) -> LoanListResponse:
    """Filters narrow it down: one person's, those of one copy or title, at one desk, in one status, those overdue.

    `offline` asks for those that a machine dealt with offline.
    """
    return await _listed(filters, options, lending, card_number=card_number)


@router.get(
    "/mine",
    operation_id="list_my_loans",
    summary="List one's own loans, newest first",
    responses=refused_by(WhoseThings),
)
async def show_mine(
    options: Options,
    whose: Whose,
    lending: Lending,
    *,
    status: LoanStatus | None = None,
) -> LoanListResponse:
    """List what the caller has, and had as far as it is kept; or a member whose guardian the caller is."""
    mine = LoanFilter(now=lending.clock.now(), member_id=whose, status=status)
    return await _listed(mine, options, lending)


async def _listed(
    filters: LoanFilter, options: _Options, lending: LendingUseCases, *, card_number: str | None = None
) -> LoanListResponse:
    """Return one page; one loan more is read to know whether there is another page."""
    page, order = options.page, options.order
    place = page.after(_PLACES[order])
    before = None if place is None else (place[1], place[2])
    found = await lending.list_loans(filters, card_number=card_number, limit=page.limit + 1, before=before, order=order)
    items = found.loans[: page.limit]
    foreseen = await lending.foresee_renewals(items) if options.with_renewal else {}
    last = _place_of(items[-1], order) if found.loans[page.limit :] else None
    rest = page.ending([ListedLoan.with_renewal(loan, foreseen.get(loan.loan_id)) for loan in items], last)
    return LoanListResponse(items=rest.items, next_cursor=rest.next_cursor, total=found.total)


def _place_of(loan: LoanView, order: LoanOrder) -> tuple[LoanOrder, datetime | str, UUID]:
    """Return the contents of a cursor behind this loan."""
    by = loan.title[:TITLE_IN_ORDER] if order == "title" else getattr(loan, order.removeprefix("-"))
    return order, by, loan.loan_id
