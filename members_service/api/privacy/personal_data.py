"""Routes by which people get what is known of them, and are erased."""

from inspect import getdoc
from typing import Literal, Self
from uuid import UUID

from fastapi import APIRouter, Request, Response
from pydantic import ConfigDict
from pydantic.config import JsonDict

from members_service.api.dependencies import UseCases, address_of
from members_service.api.identity.accounts import AN_ACCOUNT, AccountResponse
from members_service.api.membership.blocks import A_BLOCK, BlockResponse
from members_service.api.membership.members import A_MEMBER, MemberResponse
from members_service.api.membership.memberships import A_HISTORY_ENTRY, MembershipHistoryEntryResponse
from members_service.api.privacy.audit import A_RECORD, AuditRecordResponse
from members_service.application.privacy import begin_erasure as erasure
from members_service.application.privacy import export_person as exporting
from members_service.application.privacy.begin_erasure import BeginErasure, LeavingView, begin_erasure
from members_service.application.privacy.export_person import ExportPerson, PersonExport, export_person
from shared.kernel.receipts import Receipt
from shared.web.auth import NOBODY, Caller, OnlyOf
from shared.web.documents.described import located
from shared.web.idempotency import Once
from shared.web.json.strict_json import Body, Moment, ResponseModel, StrictRoute
from shared.web.problems import refusals

router = APIRouter(prefix="/v1/members", route_class=StrictRoute, tags=["personal data"])


_A_CARD: JsonDict = {"card_number": "29427912910439", "issued_at": "2026-03-02T10:00:00Z", "replaced_at": None}
_A_SESSION: JsonDict = {
    "session_id": "LWKDmNoqFGXF1cyJvtf7JI",
    "client_id": "swagger",
    "started_at": "2026-03-02T10:05:00Z",
    "refreshed_at": "2026-03-02T10:19:00Z",
    "ends_at": "2026-05-01T10:05:00Z",
    "ended_at": None,
}
_ELSEWHERE: JsonDict = {"service": "loans", "path": "/v1/borrowers/01a20e28-0f3d-748b-97af-a3e33bce55d0/export"}


class CardResponse(ResponseModel):
    """A card that the member was given."""

    card_number: str
    issued_at: Moment
    replaced_at: Moment | None


class SessionResponse(ResponseModel):
    """A sign-in."""

    session_id: str
    client_id: str
    started_at: Moment
    refreshed_at: Moment
    ends_at: Moment
    ended_at: Moment | None


class ElsewhereResponse(ResponseModel):
    """Where another service hands out what it knows of the same person, with the same token."""

    service: str
    path: str


class ExportResponse(ResponseModel):
    """Everything that membership knows of a person."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "exported_at": "2026-03-09T16:00:00Z",
                    "member": A_MEMBER,
                    "cards": [_A_CARD],
                    "blocks": [A_BLOCK],
                    "history": [A_HISTORY_ENTRY],
                    "accounts": [AN_ACCOUNT],
                    "sessions": [_A_SESSION],
                    "audit": [A_RECORD],
                    "elsewhere": [_ELSEWHERE],
                }
            ]
        }
    )

    exported_at: Moment
    member: MemberResponse
    cards: list[CardResponse]
    blocks: list[BlockResponse]
    history: list[MembershipHistoryEntryResponse]
    accounts: list[AccountResponse]
    sessions: list[SessionResponse]
    audit: list[AuditRecordResponse]
    elsewhere: list[ElsewhereResponse]

    @classmethod
    def of_person(cls, export: PersonExport) -> Self:
        """Show the whole record, and where there is more."""
        record = export.record
        return cls(
            exported_at=export.exported_at,
            member=MemberResponse.of(record.member),
            cards=[CardResponse.of(one) for one in record.cards],
            blocks=[BlockResponse.of(one) for one in record.blocks],
            history=[MembershipHistoryEntryResponse.of(one) for one in record.history],
            accounts=[AccountResponse.of(one) for one in record.accounts],
            sessions=[SessionResponse.of(one) for one in record.sessions],
            audit=[AuditRecordResponse.of(one) for one in record.audit],
            elsewhere=[ElsewhereResponse(service="loans", path=f"/v1/borrowers/{record.member.member_id}/export")],
        )


class OwnErasureRequest(Body):
    """Said on purpose: a slip must not sign anybody out of the library."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"confirm": True}]})

    confirm: Literal[True]


class LeavingResponse(ResponseModel):
    """A member who is to be erased as soon as nothing is open."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "member_id": "01a20e28-0f3d-748b-97af-a3e33bce55d0",
                    "status": "leaving",
                    "leaving_since": "2026-03-02T10:00:00Z",
                }
            ]
        }
    )

    member_id: UUID
    status: Literal["leaving"]
    leaving_since: Moment

    @classmethod
    def of_leaving(cls, view: LeavingView) -> Self:
        """Show who is leaving."""
        return cls(member_id=view.member_id, status="leaving", leaving_since=view.leaving_since)


async def _begin(command: BeginErasure, *, ports: UseCases, once: Once, response: Response) -> LeavingResponse:
    async def act(receipt: Receipt | None) -> LeavingView:
        return await begin_erasure(command, uow=ports.unit_of_work(receipt), clock=ports.clock)

    leaving = await once(LeavingView, act)
    response.headers["Location"] = f"/v1/members/{leaving.member_id}"
    return LeavingResponse.of_leaving(leaving)


@router.post(
    "/me/erasure",
    status_code=202,
    operation_id="begin_my_erasure",
    summary="Leave the library and be erased",
    description=getdoc(begin_erasure),
    responses=located(202) | refusals(*erasure.OWN_REFUSALS),
)
async def begin_own(
    body: OwnErasureRequest,  # noqa: ARG001 - that it is there is all that it says
    *,
    caller: Caller,
    ports: UseCases,
    once: Once,
    request: Request,
    response: Response,
) -> LeavingResponse:
    own = caller.person_id or NOBODY
    command = BeginErasure(own, caller.subject, address_of(request), own_session=caller.session or "")
    return await _begin(command, ports=ports, once=once, response=response)


@router.post(
    "/{member_id}/erasure",
    status_code=202,
    operation_id="begin_erasure",
    summary="Erase a member",
    description=getdoc(begin_erasure),
    responses=located(202) | refusals(*erasure.REFUSALS),
)
async def begin(
    member_id: UUID, *, caller: Caller, ports: UseCases, once: Once, request: Request, response: Response
) -> LeavingResponse:
    command = BeginErasure(member_id, caller.subject, address_of(request))
    return await _begin(command, ports=ports, once=once, response=response)


@router.get(
    "/{member_id}/export",
    operation_id="export_person",
    summary="Hand out everything known of a person",
    description=getdoc(export_person),
    responses=refusals(*exporting.REFUSALS),
)
async def export(
    member_id: UUID, *, only_of: OnlyOf, caller: Caller, ports: UseCases, request: Request
) -> ExportResponse:
    command = ExportPerson(member_id, only_of, caller.subject, address_of(request))
    found = await export_person(
        command, uow=ports.unit_of_work(None), records=ports.records, clock=ports.clock, zone=ports.zone
    )
    return ExportResponse.of_person(found)
