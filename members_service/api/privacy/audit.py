"""The route by which admins read the audit trail."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import Field

from members_service.api.privacy.dependencies import Privacy
from members_service.application.privacy.audit_views import AuditFilter
from members_service.domain.audit import AuditAction
from shared.web.cursors import Listing, Page
from shared.web.json.strict_json import Moment, ResponseModel, StrictRoute, line

router = APIRouter(prefix="/v1/audit", route_class=StrictRoute, tags=["audit"])


class AuditRecordResponse(ResponseModel):
    """One action, in ids. Whom they belong to is found where those still are; a record outlives a person's data."""

    record_id: UUID
    action: Annotated[AuditAction, Field(serialization_alias="deed")]
    at: Moment
    by: Annotated[str | None, Field(description="The account or client that did it; null when nobody knows.")]
    account_id: UUID | None
    member_id: UUID | None
    client_id: str | None
    network: Annotated[str | None, Field(description="The same word for the same network; it tells nothing else.")]
    facts: dict[str, str]


async def _criteria(
    *,
    action: Annotated[AuditAction | None, Query(alias="deed", description="Only records of this action.")] = None,
    by: Annotated[Annotated[str, line(100)] | None, Query(description="The account or client that did it.")] = None,
    account_id: Annotated[UUID | None, Query(description="The account that it was done to.")] = None,
    member_id: Annotated[UUID | None, Query(description="The member that it was done to.")] = None,
    since: Annotated[Moment | None, Query(description="That moment or later.")] = None,
    until: Annotated[Moment | None, Query(description="Before that moment.")] = None,
) -> AuditFilter:
    return AuditFilter(action, by, account_id, member_id, since=since, until=until)


@router.get(
    "",
    operation_id="list_audit_records",
    summary="List the audit trail, newest first",
)
async def show_many(
    criteria: Annotated[AuditFilter, Depends(_criteria)], page: Page, privacy: Privacy
) -> Listing[AuditRecordResponse]:
    """Sign-ins and failed ones, keys and roles, exports and erasures. Nothing can be changed or removed."""
    found = await privacy.audit.records(criteria, limit=page.limit + 1, before=page.after(tuple[Moment, UUID]))
    return page.listing([AuditRecordResponse.of(record) for record in found], lambda last: (last.at, last.record_id))
