"""The route by which people get what lending knows of them."""

from inspect import getdoc
from typing import Self
from uuid import UUID

from fastapi import APIRouter

from loans_service.api.dependencies import Privacy
from loans_service.api.fines.fine_responses import FineResponse
from loans_service.api.holds.hold_responses import HoldResponse
from loans_service.api.shapes import LoanResponse
from loans_service.application.privacy.export_borrower import REFUSALS, BorrowerExport, ExportBorrower
from shared.web.auth import OnlyOf
from shared.web.json.strict_json import Moment, ResponseModel, StrictRoute
from shared.web.problems import refusals

router = APIRouter(prefix="/v1/borrowers", route_class=StrictRoute, tags=["borrowers"])


class BorrowerExportResponse(ResponseModel):
    """Everything that lending knows of a person, newest first."""

    member_id: UUID
    exported_at: Moment
    loans: list[LoanResponse]
    holds: list[HoldResponse]
    fines: list[FineResponse]

    @classmethod
    def of_borrower(cls, export: BorrowerExport) -> Self:
        """Show the whole of it."""
        return cls(
            member_id=export.member_id,
            exported_at=export.exported_at,
            loans=[LoanResponse.at(loan, now=export.exported_at) for loan in export.loans],
            holds=[HoldResponse.of(hold) for hold in export.holds],
            fines=[FineResponse.of_view(fine) for fine in export.fines],
        )


@router.get(
    "/{member_id}/export",
    operation_id="export_borrower",
    summary="Hand out everything that lending knows of a person",
    description=getdoc(ExportBorrower),
    responses=refusals(*REFUSALS),
)
async def export(member_id: UUID, *, only_of: OnlyOf, privacy: Privacy) -> BorrowerExportResponse:
    return BorrowerExportResponse.of_borrower(await privacy.export_borrower(member_id, only_of=only_of))
