"""Routes for tills: make them, open them, move cash, cash up."""

from inspect import getdoc
from typing import Annotated

from fastapi import APIRouter, Path

from loans_service.api.dependencies import Acting, Consistency, Lending, Tills
from loans_service.api.tills.till_requests import (
    CashUpRequest,
    CountsRequest,
    MovementRequest,
    SessionRequest,
    TillRequest,
    cash_of,
)
from loans_service.application.consistency.money import ShowBalance
from loans_service.application.lending.find_branch import FindBranch
from loans_service.application.tills.keep_session import (
    CashMovement,
    CashUp,
    CashUpTill,
    MoveCash,
    Opening,
    OpenTill,
)
from loans_service.application.tills.manage_tills import MakeTill, NewTill
from loans_service.application.tills.till_views import BalanceView, CashUpView, MovementView, OpenedView, TillView
from loans_service.domain.tills.till import MovementKind
from shared.web.cursors import Listing, Page
from shared.web.idempotency import Once
from shared.web.json.strict_json import StrictRoute
from shared.web.problems import refused_by

router = APIRouter(prefix="/v1/tills", route_class=StrictRoute, tags=["tills"])

NamedTill = Annotated[str, Path(pattern="^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$", examples=["DESK-1"])]
"""A till in a URL, in capitals or small letters."""


@router.get("", operation_id="list_tills", summary="List tills")
async def show_many(page: Page, tills: Tills) -> Listing[TillView]:
    """List them by their codes, with the session of each that is open."""
    after = page.after(tuple[str])
    found = await tills.list_tills(after=after[0] if after else None, limit=page.limit + 1)
    return page.listing(found, lambda last: (last.till,))


@router.post(
    "",
    status_code=201,
    operation_id="make_till",
    summary="Make a till",
    description=getdoc(MakeTill),
    responses=refused_by(MakeTill, FindBranch),
)
async def make(body: TillRequest, *, actor: Acting, tills: Tills, lending: Lending, once: Once) -> TillView:
    branch = await lending.find_branch(body.branch) or body.branch
    command = NewTill(body.till.upper(), branch.upper(), body.name, by=actor.name)
    return await once(TillView, tills.make_till, command)


@router.get(
    "/balance",
    operation_id="get_balance",
    summary="Show whether the money adds up",
    description=getdoc(ShowBalance),
)
async def balance(consistency: Consistency) -> BalanceView:
    return await consistency.show_balance()


@router.post(
    "/{till}/sessions",
    status_code=201,
    operation_id="open_till",
    summary="Open a till with a count",
    description=getdoc(OpenTill),
    responses=refused_by(OpenTill),
)
async def open_one(till: NamedTill, body: SessionRequest, *, actor: Acting, tills: Tills, once: Once) -> OpenedView:
    return await once(OpenedView, tills.open_till, Opening(till.upper(), cash_of(body.counted), by=actor.name))


@router.post(
    "/{till}/movements",
    status_code=201,
    operation_id="move_cash",
    summary="Put cash into a drawer, or take it out",
    description=getdoc(MoveCash),
    responses=refused_by(MoveCash),
)
async def move(till: NamedTill, body: MovementRequest, *, actor: Acting, tills: Tills, once: Once) -> MovementView:
    kind, amount = MovementKind(body.kind), body.amount.money()
    return await once(MovementView, tills.move_cash, CashMovement(till.upper(), kind, amount, body.note, actor.name))


@router.post(
    "/{till}/cash-ups",
    status_code=201,
    operation_id="cash_up",
    summary="Count a drawer and close the till",
    description=getdoc(CashUpTill),
    responses=refused_by(CashUpTill),
)
async def cash_up(till: NamedTill, body: CashUpRequest, *, actor: Acting, tills: Tills, once: Once) -> CashUpView:
    others = body.counted.others() if isinstance(body.counted, CountsRequest) else {}
    command = CashUp(till.upper(), cash_of(body.counted), others, body.note or "", by=actor.name)
    return await once(CashUpView, tills.cash_up, command)
