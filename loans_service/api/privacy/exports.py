"""The route that exports what lending knows of a person."""

from inspect import getdoc
from uuid import UUID

from fastapi import APIRouter

from loans_service.api.dependencies import Privacy
from loans_service.application.privacy.export_borrower import BorrowerExport, ExportBorrower
from shared.web.auth import OnlyOf
from shared.web.json.strict_json import StrictRoute
from shared.web.problems import refused_by

router = APIRouter(prefix="/v1/borrowers", route_class=StrictRoute, tags=["borrowers"])


@router.get(
    "/{member_id}/export",
    operation_id="export_borrower",
    summary="Hand out everything that lending knows of a person",
    description=getdoc(ExportBorrower),
    responses=refused_by(ExportBorrower),
)
async def export(member_id: UUID, *, only_of: OnlyOf, privacy: Privacy) -> BorrowerExport:
    return await privacy.export_borrower(member_id, only_of=only_of)
