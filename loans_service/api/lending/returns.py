"""Routes for returns."""

from dataclasses import replace
from inspect import getdoc

from fastapi import APIRouter
from pydantic import ConfigDict, Field
from pydantic.config import JsonDict

from loans_service.api.dependencies import Acting, Actor, Lending
from loans_service.api.shapes import A_LOAN, BranchCode, CopyNamed, OfflineRequest
from loans_service.application.lending.return_copy import ReturnCopy, Scan
from loans_service.application.lending.views import ReturnView
from shared.web.documents.examples import shown
from shared.web.idempotency import Once
from shared.web.json.strict_json import Moment, StrictRoute
from shared.web.problems import refused_by

router = APIRouter(prefix="/v1/returns", route_class=StrictRoute, tags=["returns"])


class ReturnScan(CopyNamed):
    """The copy that was scanned, where, and when it came back if that was earlier."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"copy_barcode": "30000000000019"}]})

    branch: BranchCode | None = Field(None, description="Where it was scanned; the copy's own branch if absent.")
    returned_at: Moment | None = Field(
        None, description="When it came back; now if absent. Earlier for staff only: a kiosk gets 403 `staff-only`."
    )

    def scan(self, actor: Actor) -> Scan:
        """Return the scan as the use case takes it."""
        return Scan(
            self.copy_key(),
            branch=self.branch,
            returned_at=self.returned_at,
            by_staff=actor.is_staff,
            by=actor.name,
            by_member=actor.person_id,
        )


class ReturnRequest(ReturnScan):
    """A scan, or one that a machine has made already, offline."""

    offline: OfflineRequest | None = None


_A_RETURN: JsonDict = {
    "loan": A_LOAN | {"status": "returned", "returned_at": "2026-03-20T16:30:00Z", "next": "shelf", "version": 2},
    "next": "shelf",
    "hold": None,
    "fine": None,
    "copy_status": None,
    "notice": None,
}


@router.post(
    "",
    operation_id="return_copy",
    summary="Return a copy",
    description=getdoc(ReturnCopy),
    responses=refused_by(ReturnCopy) | shown(_A_RETURN),
)
async def bring_back(body: ReturnRequest, *, actor: Acting, lending: Lending, once: Once) -> ReturnView:
    scan = body.scan(actor)
    if body.offline is not None:
        scan = replace(scan, offline=body.offline.act(actor))
    return await once(ReturnView, lending.return_copy, scan)
