"""Routes by which people get what is known of them, and are erased."""

from inspect import getdoc
from typing import Literal, Self
from uuid import UUID

from fastapi import APIRouter, Request, Response
from pydantic import ConfigDict
from pydantic.config import JsonDict

from members_service.api.accounts import AN_ACCOUNT, AccountShown
from members_service.api.audit import A_RECORD, AuditRecordShown
from members_service.api.dependencies import Outside, address_of
from members_service.api.members import A_MEMBER, MemberShown
from members_service.api.memberships import A_HAPPENING, HappeningShown
from members_service.api.stops import A_BLOCK, BlockShown
from members_service.application import begin_erasure as erasure
from members_service.application import export_person as exporting
from members_service.application.begin_erasure import BeginErasure, begin_erasure
from members_service.application.export_person import ExportPerson, PersonExport, export_person
from members_service.application.record_views import LeavingView
from shared.kernel.receipts import Receipt
from shared.web.auth import NOBODY, Caller, OnlyOf
from shared.web.idempotency import Once
from shared.web.problems import refusals
from shared.web.strict_json import Body, Moment, Shown, StrictRoute

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


class CardShown(Shown):
    """A card that the member was given."""

    card_number: str
    issued_at: Moment
    replaced_at: Moment | None


class SessionShown(Shown):
    """A sign-in."""

    session_id: str
    client_id: str
    started_at: Moment
    refreshed_at: Moment
    ends_at: Moment
    ended_at: Moment | None


class ElsewhereShown(Shown):
    """Where another service hands out what it knows of the same person, with the same token."""

    service: str
    path: str


class ExportShown(Shown):
    """Everything that membership knows of a person."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "exported_at": "2026-03-09T16:00:00Z",
                    "member": A_MEMBER,
                    "cards": [_A_CARD],
                    "blocks": [A_BLOCK],
                    "history": [A_HAPPENING],
                    "accounts": [AN_ACCOUNT],
                    "sessions": [_A_SESSION],
                    "audit": [A_RECORD],
                    "elsewhere": [_ELSEWHERE],
                }
            ]
        }
    )

    exported_at: Moment
    member: MemberShown
    cards: list[CardShown]
    blocks: list[BlockShown]
    history: list[HappeningShown]
    accounts: list[AccountShown]
    sessions: list[SessionShown]
    audit: list[AuditRecordShown]
    elsewhere: list[ElsewhereShown]

    @classmethod
    def of_person(cls, export: PersonExport) -> Self:
        """Show the whole record, and where there is more."""
        record = export.record
        return cls(
            exported_at=export.exported_at,
            member=MemberShown.of(record.member),
            cards=[CardShown.of(one) for one in record.cards],
            blocks=[BlockShown.of(one) for one in record.blocks],
            history=[HappeningShown.of(one) for one in record.history],
            accounts=[AccountShown.of(one) for one in record.accounts],
            sessions=[SessionShown.of(one) for one in record.sessions],
            audit=[AuditRecordShown.of(one) for one in record.audit],
            elsewhere=[ElsewhereShown(service="loans", path=f"/v1/borrowers/{record.member.member_id}/export")],
        )


class OwnErasureAsked(Body):
    """Said on purpose: a slip must not sign anybody out of the library."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"confirm": True}]})

    confirm: Literal[True]


class LeavingShown(Shown):
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


async def _begin(wish: BeginErasure, *, outside: Outside, once: Once, response: Response) -> LeavingShown:
    async def act(receipt: Receipt | None) -> LeavingView:
        return await begin_erasure(wish, uow=outside.unit_of_work(receipt), clock=outside.clock)

    leaving = await once(LeavingView, act)
    response.headers["Location"] = f"/v1/members/{leaving.member_id}"
    return LeavingShown.of_leaving(leaving)


@router.post(
    "/me/erasure",
    status_code=202,
    operation_id="begin_my_erasure",
    summary="Leave the library and be erased",
    description=getdoc(begin_erasure),
    responses=refusals(*erasure.OWN_REFUSALS),
)
async def begin_own(
    body: OwnErasureAsked,  # noqa: ARG001 - that it is there is all that it says
    *,
    caller: Caller,
    outside: Outside,
    once: Once,
    request: Request,
    response: Response,
) -> LeavingShown:
    own = caller.person_id or NOBODY
    wish = BeginErasure(own, caller.subject, address_of(request), own_session=caller.session or "")
    return await _begin(wish, outside=outside, once=once, response=response)


@router.post(
    "/{member_id}/erasure",
    status_code=202,
    operation_id="begin_erasure",
    summary="Erase a member",
    description=getdoc(begin_erasure),
    responses=refusals(*erasure.REFUSALS),
)
async def begin(
    member_id: UUID, *, caller: Caller, outside: Outside, once: Once, request: Request, response: Response
) -> LeavingShown:
    wish = BeginErasure(member_id, caller.subject, address_of(request))
    return await _begin(wish, outside=outside, once=once, response=response)


@router.get(
    "/{member_id}/export",
    operation_id="export_person",
    summary="Hand out everything known of a person",
    description=getdoc(export_person),
    responses=refusals(*exporting.REFUSALS),
)
async def export(
    member_id: UUID, *, only_of: OnlyOf, caller: Caller, outside: Outside, request: Request
) -> ExportShown:
    wish = ExportPerson(member_id, only_of, caller.subject, address_of(request))
    found = await export_person(
        wish, uow=outside.unit_of_work(None), records=outside.records, clock=outside.clock, zone=outside.zone
    )
    return ExportShown.of_person(found)
