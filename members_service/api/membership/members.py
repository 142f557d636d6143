"""Routes for members: enrol and look up."""

from datetime import date
from inspect import getdoc
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import ConfigDict, Field
from pydantic.config import JsonDict

from members_service.api.email_address import EmailAddress
from members_service.api.membership.dependencies import Membership
from members_service.application.membership import enrol_member as enrolment
from members_service.application.membership import show_member as lookup
from members_service.application.membership.enrol_member import Enrol, EnrolMember
from members_service.application.membership.readings import READ_CARD_NUMBER
from members_service.application.membership.show_member import ListMembers, ShowMember
from members_service.application.membership.views import EnrolledMember, MemberFilter, MemberView
from shared.web.auth import NOBODY, Caller, OnlyOf
from shared.web.cursors import Listing, Page, listing
from shared.web.documents.examples import listed, shown
from shared.web.etags import Tag
from shared.web.idempotency import Once
from shared.web.json.strict_json import Body, StrictRoute, line, paragraph, read_by
from shared.web.problems import refusals

router = APIRouter(prefix="/v1/members", route_class=StrictRoute, tags=["members"])

CategoryName = Literal["adult", "child", "student", "senior", "staff"]
StatusName = Literal["active", "expired", "suspended", "leaving"]
ActionName = Literal["borrow", "renew", "hold"]
NewCard = Annotated[str, line(60), read_by(READ_CARD_NUMBER)]
LanguageTag = Annotated[str, Field(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$")]
Day = Annotated[date, Field(ge=date(1900, 1, 1), le=date(2999, 12, 31))]

_NEWCOMER: JsonDict = {
    "name": "Mary Somerville",
    "email": "mary@library.example",
    "category": "adult",
    "phone": "+44 20 7946 0018",
    "language": "en",
}


class MemberRequest(Body):
    """Who joins. Name, e-mail address and category are enough."""

    model_config = ConfigDict(json_schema_extra={"examples": [_NEWCOMER]})

    name: Annotated[str, line(200)]
    email: Annotated[EmailAddress, Field(description="Unique whatever its case.")]
    category: CategoryName
    card_number: NewCard | None = Field(None, description="Drawn, with a check digit, if absent.")
    expires_on: Day | None = Field(None, description="The last day of the membership; by category if absent.")
    phone: Annotated[str, line(40)] | None = None
    address: Annotated[str, paragraph(500)] | None = None
    date_of_birth: Day | None = None
    language: LanguageTag | None = Field(None, description="The language to write to the member in (BCP 47).")


A_MEMBER: JsonDict = {
    "member_id": "01a20e28-0f3d-748b-97af-a3e33bce55d0",
    "card_number": "29427912910439",
    "name": "Mary Somerville",
    "email": "mary@library.example",
    "category": "adult",
    "status": "active",
    "joined_at": "2026-03-02T10:00:00Z",
    "expires_on": "2027-03-02",
    "suspension": None,
    "language": "en",
    "phone": None,
    "address": None,
    "date_of_birth": None,
    "version": 1,
}


_ENROLLED: JsonDict = {
    **A_MEMBER,
    "activation_token": "agUK8iWOFFH1c22-TlsSycSYJqrRM6vq2FY7EZNDVXs",
    "activation_expires_at": "2026-03-16T10:00:00Z",
}


@router.post(
    "",
    status_code=201,
    operation_id="enrol_member",
    summary="Enrol a member",
    description=getdoc(EnrolMember),
    responses=refusals(*enrolment.REFUSALS) | shown(_ENROLLED, status=201),
)
async def enrol(
    body: MemberRequest, *, caller: Caller, membership: Membership, once: Once, tag: Tag, response: Response
) -> EnrolledMember:
    command = Enrol(**body.model_dump(), by=caller.subject, by_admin=caller.may("admin"))
    enrolled = await once(EnrolledMember, membership.enrol_member, command)
    response.headers["Location"] = f"/v1/members/{enrolled.member_id}"
    tag(enrolled.version, enrolled.status)
    return enrolled


async def _wanted(
    *,
    q: Annotated[
        Annotated[str, line(100)] | None,
        Query(description="A whole card number or e-mail address, or beginnings of the words of a name."),
    ] = None,
    card_number: Annotated[
        Annotated[str, line(60)] | None, Query(description="The card that works, whatever its case.")
    ] = None,
    category: Annotated[CategoryName | None, Query(description="Only members of this category.")] = None,
    status: Annotated[StatusName | None, Query(description="Only members with this status today.")] = None,
) -> MemberFilter:
    return MemberFilter(q, card_number, category, status)


@router.get(
    "",
    operation_id="list_members",
    summary="List members, in the order in which they joined",
    description=getdoc(ListMembers),
    responses=refusals(*lookup.LIST_REFUSALS) | listed(A_MEMBER),
)
async def show_many(
    wanted: Annotated[MemberFilter, Depends(_wanted)],
    page: Page,
    membership: Membership,
    request: Request,
    response: Response,
) -> Listing[MemberView]:
    place = page.after(tuple[UUID])
    found = await membership.list_members(wanted, limit=page.limit + 1, after=place[0] if place else None)
    items = found[: page.limit]
    last = (items[-1].member_id,) if len(found) > page.limit else None
    return listing(request, items, last, response)


@router.get(
    "/me",
    operation_id="get_me",
    summary="Show one's own membership",
    description="What `get_member` shows, without knowing one's own id. An account without a membership gets 404.",
    responses=refusals(*lookup.REFUSALS) | shown(A_MEMBER),
)
async def show_me(only_of: OnlyOf, membership: Membership, tag: Tag) -> MemberView:
    own = only_of or NOBODY
    member = await membership.show_member(own, only_of=own)
    tag(member.version, member.status)
    return member


@router.get(
    "/{member_id}",
    operation_id="get_member",
    summary="Show a member",
    description=getdoc(ShowMember),
    responses=refusals(*lookup.REFUSALS) | shown(A_MEMBER),
)
async def show_one(member_id: UUID, only_of: OnlyOf, membership: Membership, tag: Tag) -> MemberView:
    member = await membership.show_member(member_id, only_of=only_of)
    tag(member.version, member.status)
    return member
