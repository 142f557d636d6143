"""Routes for returns."""

from datetime import datetime
from inspect import getdoc
from typing import Self

from fastapi import APIRouter
from pydantic import ConfigDict, Field

from loans_service.api.dependencies import Acting, Lending
from loans_service.api.fines.fine_responses import FineResponse
from loans_service.api.holds.hold_responses import HoldResponse
from loans_service.api.shapes import BranchCode, CopyNamed, LoanResponse, NextStopName, NoBlockRequest
from loans_service.application.lending.return_copy import ReturnCopy, Scan
from loans_service.application.lending.views import ReturnView
from loans_service.application.refusals import OF_RETURN
from shared.web.idempotency import Once
from shared.web.json.strict_json import Moment, ResponseModel, StrictRoute
from shared.web.problems import refusals

router = APIRouter(prefix="/v1/returns", route_class=StrictRoute, tags=["returns"])


class ReturnScan(CopyNamed):
    """The copy that was scanned, where, and when it came back if that was earlier."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"copy_barcode": "30000000000019"}]})

    branch: BranchCode | None = Field(None, description="Where it was scanned; the copy's own branch if absent.")
    returned_at: Moment | None = Field(
        None, description="When it came back; now if absent. Earlier for staff only: a kiosk gets 403 `staff-only`."
    )

    def scan(self, *, by_staff: bool, by: str) -> Scan:
        """Return the scan as the use case takes it."""
        return Scan(self.copy_key(), branch=self.branch, returned_at=self.returned_at, by_staff=by_staff, by=by)


class ReturnRequest(ReturnScan):
    """A scan, or one that a machine on its own has made already."""

    no_block: NoBlockRequest | None = None


class ReturnResponse(ResponseModel):
    """The loan that the scan closed, where the copy goes from here, the hold that it is for and the fine, if any.

    `copy_status` and `notice` are null for a copy that is simply in service.
    """

    loan: LoanResponse | None
    next: NextStopName
    hold: HoldResponse | None
    fine: FineResponse | None
    copy_status: str | None
    notice: str | None

    @classmethod
    def at(cls, done: ReturnView, *, now: datetime) -> Self:
        """Show what a scan did."""
        loan = None if done.loan is None else LoanResponse.at(done.loan, now=now)
        hold = None if done.hold is None else HoldResponse.of(done.hold)
        fine = None if done.fine is None else FineResponse.of_view(done.fine)
        about = {"copy_status": done.copy_status, "notice": done.notice}
        return cls.model_validate({"loan": loan, "next": done.next, "hold": hold, "fine": fine, **about})


@router.post(
    "",
    operation_id="return_copy",
    summary="Return a copy",
    description=getdoc(ReturnCopy),
    responses=refusals(*OF_RETURN),
)
async def bring_back(body: ReturnRequest, *, actor: Acting, lending: Lending, once: Once) -> ReturnResponse:
    scan = body.scan(by_staff=actor.is_staff, by=actor.name)
    if body.no_block is not None:
        scan = body.no_block.told(scan, may_be_alone=actor.may_be_alone)
    done = await once(ReturnView, lending.return_copy, scan)
    return ReturnResponse.at(done, now=lending.clock.now())
