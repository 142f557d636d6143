"""Routes for returns."""

from inspect import getdoc
from typing import Literal

from fastapi import APIRouter
from pydantic import ConfigDict, Field

from loans_service.api.dependencies import Outside
from loans_service.api.shapes import BranchCode, CopyNamed, LoanShown
from loans_service.application.refusals import OF_RETURN
from loans_service.application.return_copy import ReturnCopy, return_copy
from loans_service.application.views import ReturnView
from shared.kernel.receipts import Receipt
from shared.web.idempotency import Once
from shared.web.problems import refusals
from shared.web.strict_json import Moment, Shown, StrictRoute

router = APIRouter(prefix="/v1/returns", route_class=StrictRoute, tags=["returns"])


class ReturnAsked(CopyNamed):
    """The copy that was scanned, where, and when it came back if that was earlier."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"copy_barcode": "30000000000019"}]})

    branch: BranchCode | None = Field(None, description="Where it was scanned; the copy's own branch if absent.")
    returned_at: Moment | None = Field(None, description="When it came back; now if absent.")


class ReturnShown(Shown):
    """The loan that the scan closed, if any, and where the copy goes from here."""

    loan: LoanShown | None
    next: Literal["shelf", "hold_shelf", "transit"]


@router.post(
    "",
    operation_id="return_copy",
    summary="Return a copy",
    description=getdoc(return_copy),
    responses=refusals(*OF_RETURN),
)
async def bring_back(body: ReturnAsked, outside: Outside, once: Once) -> ReturnShown:
    async def act(receipt: Receipt | None) -> ReturnView:
        return await return_copy(
            ReturnCopy(body.copy_key(), branch=body.branch, returned_at=body.returned_at),
            uow=outside.unit_of_work(receipt),
            catalogue=outside.catalogue,
            clock=outside.clock,
        )

    done = await once(ReturnView, act)
    loan = None if done.loan is None else LoanShown.at(done.loan, now=outside.clock.now())
    return ReturnShown.model_validate({"loan": loan, "next": done.next})
