"""Routes by which people get what is known of them, and are erased."""

from base64 import b64encode
from inspect import getdoc
from typing import Literal, Self
from uuid import UUID

from fastapi import APIRouter, Request, Response

from members_service.api.dependencies import address_of
from members_service.api.identity.accounts import AccountResponse
from members_service.api.identity.passkeys import PasskeyResponse
from members_service.api.privacy.audit import AuditRecordResponse
from members_service.api.privacy.dependencies import Privacy
from members_service.application.identity.accounts.account_views import ForeignIdentityView
from members_service.application.identity.grants.views import GrantView
from members_service.application.identity.passkeys.views import KeptPasskey
from members_service.application.identity.sessions.fresh_sign_in import expect_fresh_sign_in
from members_service.application.identity.sessions.session_views import SessionView
from members_service.application.membership.desk_messages.views import DeskMessageView
from members_service.application.membership.standing.views import BlockView
from members_service.application.membership.views import CardView, HistoryEntryView, MemberView
from members_service.application.notices.preferences.views import PreferencesView
from members_service.application.notices.views import MessageView, NoticeView
from members_service.application.privacy.begin_erasure import BeginErasure, Leave, LeavingView
from members_service.application.privacy.export_person import Export, ExportPerson, PersonExport
from members_service.application.privacy.personal_record import AccountOnRecord
from members_service.domain.photo import Photo
from shared.web.auth import NOBODY, Caller, OnlyOf
from shared.web.documents.described import located
from shared.web.idempotency import Once
from shared.web.json.strict_json import Moment, ResponseModel, StrictJsonBody, StrictRoute
from shared.web.problems import refused_by

router = APIRouter(prefix="/v1/members", route_class=StrictRoute, tags=["personal data"])


class ElsewhereResponse(ResponseModel):
    """Where another service hands out what it knows of the same person, with the same token."""

    service: str
    path: str


class ExportedAccount(AccountResponse):
    """An account, and how far its roles go besides that of members."""

    grants: list[GrantView]

    @classmethod
    def of_record(cls, known: AccountOnRecord) -> Self:
        """Show both side by side."""
        return cls(**AccountResponse.of(known.account).model_dump(), grants=list(known.grants))


class ExportedPasskey(PasskeyResponse):
    """A passkey, and of which account it is."""

    account_id: UUID

    @classmethod
    def of_kept(cls, kept: KeptPasskey) -> Self:
        """Show it."""
        return cls(**PasskeyResponse.of(kept.passkey).model_dump(), account_id=kept.account_id)


class ExportedPhoto(ResponseModel):
    """The photograph of the member; `content` is in Base64."""

    media_type: str
    taken_at: Moment
    content: str

    @classmethod
    def of_photo(cls, photo: Photo | None) -> Self | None:
        """Show it; None: there is none."""
        if photo is None:
            return None
        return cls(
            media_type=photo.media_type, taken_at=photo.taken_at, content=b64encode(photo.content).decode("ascii")
        )


class ExportResponse(ResponseModel):
    """Everything that membership knows of a person."""

    exported_at: Moment
    member: MemberView
    cards: list[CardView]
    blocks: list[BlockView]
    desk_messages: list[DeskMessageView]
    photo: ExportedPhoto | None = None
    history: list[HistoryEntryView]
    accounts: list[ExportedAccount]
    identities: list[ForeignIdentityView]
    passkeys: list[ExportedPasskey]
    sessions: list[SessionView]
    audit: list[AuditRecordResponse]
    notices: list[NoticeView]
    messages: list[MessageView]
    notice_preferences: PreferencesView | None
    elsewhere: list[ElsewhereResponse]

    @classmethod
    def of_person(cls, export: PersonExport) -> Self:
        """Show the whole record, and where there is more."""
        record = export.record
        return cls(
            exported_at=export.exported_at,
            member=record.member,
            cards=list(record.cards),
            blocks=list(record.blocks),
            desk_messages=list(record.desk_messages),
            photo=ExportedPhoto.of_photo(record.photo),
            history=list(record.history),
            accounts=[ExportedAccount.of_record(one) for one in record.accounts],
            identities=list(record.identities),
            passkeys=[ExportedPasskey.of_kept(one) for one in record.passkeys],
            sessions=list(record.sessions),
            audit=[AuditRecordResponse.of(one) for one in record.audit],
            notices=list(record.notices),
            messages=list(record.messages),
            notice_preferences=record.notice_preferences,
            elsewhere=[ElsewhereResponse(service="loans", path=f"/v1/borrowers/{record.member.member_id}/export")],
        )


class OwnErasureRequest(StrictJsonBody):
    """Said on purpose: a slip must not sign anybody out of the library."""

    confirm: Literal[True]


@router.post(
    "/me/erasure",
    status_code=202,
    operation_id="begin_my_erasure",
    summary="Leave the library and be erased",
    description=getdoc(BeginErasure),
    responses=located(202) | refused_by(BeginErasure, expect_fresh_sign_in),
)
async def begin_own(
    body: OwnErasureRequest,  # noqa: ARG001 - that it is there is all that it says
    *,
    caller: Caller,
    privacy: Privacy,
    once: Once,
    request: Request,
    response: Response,
) -> LeavingView:
    own = caller.person_id or NOBODY
    command = Leave(own, caller.subject, address_of(request), own_session=caller.session or "")
    leaving = await once(LeavingView, privacy.begin_erasure, command)
    response.headers["Location"] = f"/v1/members/{leaving.member_id}"
    return leaving


@router.post(
    "/{member_id}/erasure",
    status_code=202,
    operation_id="begin_erasure",
    summary="Erase a member",
    description=getdoc(BeginErasure),
    responses=located(202) | refused_by(BeginErasure),
)
async def begin(
    member_id: UUID, *, caller: Caller, privacy: Privacy, once: Once, request: Request, response: Response
) -> LeavingView:
    leaving = await once(LeavingView, privacy.begin_erasure, Leave(member_id, caller.subject, address_of(request)))
    response.headers["Location"] = f"/v1/members/{leaving.member_id}"
    return leaving


@router.get(
    "/{member_id}/export",
    operation_id="export_person",
    summary="Hand out everything known of a person",
    description=getdoc(ExportPerson),
    responses=refused_by(ExportPerson),
)
async def export(
    member_id: UUID, *, only_of: OnlyOf, caller: Caller, privacy: Privacy, request: Request
) -> ExportResponse:
    command = Export(member_id, only_of, caller.subject, address_of(request))
    return ExportResponse.of_person(await privacy.export_person(command))
