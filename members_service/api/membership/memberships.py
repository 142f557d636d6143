"""Routes by which a membership goes on and is kept right: changes, renewal, history."""

from inspect import getdoc
from uuid import UUID

from fastapi import APIRouter
from pydantic import Field

from members_service.api.membership.dependencies import Membership
from members_service.api.membership.member_requests import Day, MemberPatchRequest, OwnMemberPatchRequest
from members_service.application.membership.change_member import ChangeMember, ChangeOwnRecord, MemberChange
from members_service.application.membership.renew_membership import (
    MembershipRenewal,
    RenewMembership,
    RenewOwnMembership,
)
from members_service.application.membership.show_history import ShowHistory
from members_service.application.membership.views import HistoryEntryView, MemberView
from members_service.domain.rights import ACCOUNTS
from shared.web.auth import NOBODY, Caller, OnlyOf
from shared.web.cursors import Listing, Page
from shared.web.etags import IfMatch, Tag
from shared.web.idempotency import Once
from shared.web.json.strict_json import StrictJsonBody, StrictRoute
from shared.web.problems import refused_by

router = APIRouter(prefix="/v1/members", route_class=StrictRoute, tags=["members"])


class MembershipRenewalRequest(StrictJsonBody):
    """Until when; as long as the category lasts if absent."""

    expires_on: Day | None = Field(None, description="The new last day, itself included.")


@router.patch(
    "/me",
    operation_id="change_me",
    summary="Change how the library reaches oneself",
    description=getdoc(ChangeOwnRecord),
    responses=refused_by(ChangeOwnRecord),
)
async def change_own(
    body: OwnMemberPatchRequest, *, version: IfMatch, caller: Caller, membership: Membership, tag: Tag
) -> MemberView:
    own = caller.person_id or NOBODY
    command = MemberChange(own, version, body.changes(), caller.subject, own_session=caller.session or "")
    return tag(await membership.change_own_record(command))


@router.post(
    "/me/renew",
    operation_id="renew_my_membership",
    summary="Renew one's own membership",
    description=getdoc(RenewOwnMembership),
    responses=refused_by(RenewOwnMembership),
)
async def renew_own(caller: Caller, membership: Membership, once: Once, tag: Tag) -> MemberView:
    command = MembershipRenewal(caller.person_id or NOBODY, by=caller.subject)
    return tag(await once(MemberView, membership.renew_own_membership, command))


@router.patch(
    "/{member_id}",
    operation_id="change_member",
    summary="Change what is on record of a member",
    description=getdoc(ChangeMember),
    responses=refused_by(ChangeMember),
)
async def change_one(
    member_id: UUID, body: MemberPatchRequest, *, version: IfMatch, caller: Caller, membership: Membership, tag: Tag
) -> MemberView:
    command = MemberChange(
        member_id, version, body.changes(), caller.subject, caller.reach(ACCOUNTS) is None, caller.person_id
    )
    return tag(await membership.change_member(command))


@router.post(
    "/{member_id}/renew",
    operation_id="renew_membership",
    summary="Renew a membership",
    description=getdoc(RenewMembership),
    responses=refused_by(RenewMembership),
)
async def renew(
    member_id: UUID,
    *,
    body: MembershipRenewalRequest | None = None,
    caller: Caller,
    membership: Membership,
    once: Once,
    tag: Tag,
) -> MemberView:
    command = MembershipRenewal(member_id, body.expires_on if body else None, caller.subject, caller.person_id)
    return tag(await once(MemberView, membership.renew_membership, command))


@router.get(
    "/{member_id}/history",
    operation_id="list_history",
    summary="List what happened to a membership, newest first",
    description=getdoc(ShowHistory),
    responses=refused_by(ShowHistory),
)
async def history(
    member_id: UUID, *, caller: Caller, only_of: OnlyOf, page: Page, membership: Membership
) -> Listing[HistoryEntryView]:
    found = await membership.show_history(
        member_id, only_of=only_of, account=caller.subject, limit=page.limit + 1, before=page.after_id()
    )
    return page.listing(found, lambda last: (last.happening_id,))
