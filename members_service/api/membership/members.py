"""Routes for members: enrol and look up."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from inspect import getdoc
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response
from pydantic import Field

from members_service.api.membership.dependencies import Membership
from members_service.api.membership.member_requests import BranchCode, CategoryName, Day, MemberRequest
from members_service.application.membership.enrol_member import EnrolMember
from members_service.application.membership.show_member import ListMembers, Reading, ShowMember
from members_service.application.membership.views import EnrolledMember, MemberFilter, MemberOrder, MemberView
from members_service.domain.membership.standing import Status
from members_service.domain.rights import ACCOUNTS
from shared.web.auth import NOBODY, Caller, OnlyOf
from shared.web.cursors import Listing, Page
from shared.web.documents.described import located
from shared.web.etags import Tag
from shared.web.idempotency import Once
from shared.web.json.strict_json import ShortNumber, StrictRoute, line
from shared.web.problems import refused_by

_POSITIONS: Mapping[MemberOrder, type[tuple[Any, ...]]] = {
    MemberOrder.JOINED: tuple[UUID],
    MemberOrder.NAME: tuple[str, UUID],
    MemberOrder.EXPIRES_ON: tuple[date, UUID],
}

router = APIRouter(prefix="/v1/members", route_class=StrictRoute, tags=["members"])


@router.post(
    "",
    status_code=201,
    operation_id="enrol_member",
    summary="Enrol a member",
    description=getdoc(EnrolMember),
    responses=located() | refused_by(EnrolMember),
)
async def enrol(
    body: MemberRequest, *, caller: Caller, membership: Membership, once: Once, tag: Tag, response: Response
) -> EnrolledMember:
    command = body.command(by=caller.subject, by_admin=caller.reach(ACCOUNTS) is None)
    enrolled = await once(EnrolledMember, membership.enrol_member, command)
    response.headers["Location"] = f"/v1/members/{enrolled.member_id}"
    return tag(enrolled)


async def _traits(
    *,
    date_of_birth: Annotated[Day | None, Query(description="Only members who were born on that day.")] = None,
    home_branch: Annotated[BranchCode | None, Query(description="Only members who are at home there.")] = None,
    city: Annotated[
        Annotated[str, line(100)] | None, Query(description="Only members with an address in that town.")
    ] = None,
    expires_before: Annotated[
        Day | None, Query(description="Only members whose membership ends, or has ended, before that day.")
    ] = None,
    not_active_since: Annotated[
        Day | None,
        Query(
            description="Only members to whose membership nothing happened on that day or later: no renewal, no "
            "change, no new card or PIN. Of loans lending knows."
        ),
    ] = None,
    attribute: Annotated[
        list[Annotated[str, Field(pattern="^[^:]{1,100}:.{1,200}$")]],
        Query(max_length=5, description="`name:value` of an attribute; several of them apply together."),
    ] = [],  # noqa: B006 - read only
    sort: Annotated[MemberOrder, Query(description="By when they joined, name, or end of membership.")] = (
        MemberOrder.JOINED
    ),
) -> MemberFilter:
    pairs = tuple((name, value) for name, _, value in (one.partition(":") for one in attribute))
    return MemberFilter(
        date_of_birth=date_of_birth,
        home_branch=home_branch,
        city=city,
        expires_before=expires_before,
        not_active_since=not_active_since,
        attributes=pairs,
        sort=sort,
    )


async def _criteria(
    *,
    q: Annotated[
        Annotated[str, line(100)] | None,
        Query(
            description="A whole card number, e-mail address or telephone, the number of a member, beginnings of the "
            "words of a name, or whole words of a preferred one. Of a telephone the last seven digits count, however "
            "it is written."
        ),
    ] = None,
    card_number: Annotated[
        Annotated[str, line(60)] | None, Query(description="The card that works, whatever its case.")
    ] = None,
    category: Annotated[CategoryName | None, Query(description="Only members of this category.")] = None,
    status: Annotated[Status | None, Query(description="Only members with this status today.")] = None,
    external_id: Annotated[
        Annotated[str, line(200)] | None, Query(description="The member with this key of another system.")
    ] = None,
    guardian_id: Annotated[UUID | None, Query(description="Only members for whom this one may do something.")] = None,
    number: Annotated[ShortNumber | None, Query(description="The member with this number.")] = None,
    more: Annotated[MemberFilter, Depends(_traits)],
) -> MemberFilter:
    return replace(
        more,
        q=q,
        card_number=card_number,
        category=category,
        status=status,
        external_id=external_id,
        guardian_id=guardian_id,
        number=number,
    )


@router.get(
    "",
    operation_id="list_members",
    summary="List members",
    description=getdoc(ListMembers),
    responses=refused_by(ListMembers),
)
async def show_many(
    criteria: Annotated[MemberFilter, Depends(_criteria)],
    page: Page,
    *,
    caller: Caller,
    membership: Membership,
) -> Listing[MemberView]:
    after = page.after(_POSITIONS[criteria.sort])
    found = await membership.list_members(criteria, limit=page.limit, more=1, after=after, by=caller.subject)
    return page.listing(found, criteria.sort.position)


@router.get(
    "/me",
    operation_id="get_me",
    summary="Show one's own membership",
    description="What `get_member` shows, without knowing one's own id. An account without a membership gets 404.",
    responses=refused_by(ShowMember),
)
async def show_me(only_of: OnlyOf, membership: Membership, tag: Tag) -> MemberView:
    own = only_of or NOBODY
    return tag(await membership.show_member(Reading(own, only_of=own)))


@router.get(
    "/{member_id}",
    operation_id="get_member",
    summary="Show a member",
    description=getdoc(ShowMember),
    responses=refused_by(ShowMember),
)
async def show_one(member_id: UUID, only_of: OnlyOf, caller: Caller, membership: Membership, tag: Tag) -> MemberView:
    return tag(await membership.show_member(Reading(member_id, only_of, caller.subject)))
