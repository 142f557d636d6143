"""Routes for returns."""

from dataclasses import replace
from inspect import getdoc
from typing import Annotated

from fastapi import APIRouter
from pydantic import Field

from loans_service.api.dependencies import Acting, Actor, Lending
from loans_service.api.shapes import BranchCode, CopyNamed, OfflineRequest
from loans_service.application.lending.return_copy import ReturnCopy, Scan
from loans_service.application.lending.views import ReturnView
from shared.web.idempotency import Once
from shared.web.json.strict_json import Moment, StrictRoute, paragraph
from shared.web.problems import refused_by

router = APIRouter(prefix="/v1/returns", route_class=StrictRoute, tags=["returns"])


class ReturnScan(CopyNamed):
    """The copy that was scanned, where, and when it came back if that was earlier."""

    branch: BranchCode | None = Field(None, description="Where it was scanned; the copy's own branch if absent.")
    returned_at: Moment | None = Field(
        None, description="When it came back; now if absent. Earlier for staff only: a kiosk gets 403 `staff-only`."
    )
    notes_confirmed: bool = Field(
        default=False, description="Staff have confirmed what is noted of the copy, where the policy wants that."
    )
    forgive: Annotated[str, paragraph(500)] | None = Field(
        None, description="Why lateness costs nothing this time; for staff only, and read by staff only."
    )

    in_house: bool = Field(
        default=False, description="It was used in the library: counted, without anybody, unless it was on loan."
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
            notes_confirmed=self.notes_confirmed,
            forgiven_for=self.forgive,
            in_house=self.in_house,
        )


class ReturnRequest(ReturnScan):
    """A scan, or one that a machine has made already, offline."""

    offline: OfflineRequest | None = None


@router.post(
    "",
    operation_id="return_copy",
    summary="Return a copy",
    description=getdoc(ReturnCopy),
    responses=refused_by(ReturnCopy),
)
async def bring_back(body: ReturnRequest, *, actor: Acting, lending: Lending, once: Once) -> ReturnView:
    scan = body.scan(actor)
    if body.offline is not None:
        scan = replace(scan, offline=body.offline.act(actor))
    return await once(ReturnView, lending.return_copy, scan)
