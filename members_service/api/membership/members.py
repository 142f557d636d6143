"""Routes for members: enrol and look up."""

from datetime import date
from inspect import getdoc
from typing import Annotated, Literal, Self
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import ConfigDict, Field
from pydantic.config import JsonDict

from members_service.api.dependencies import UseCases
from members_service.api.email_address import EmailAddress
from members_service.application.membership import enrol_member as enrolment
from members_service.application.membership import show_member as lookup
from members_service.application.membership.enrol_member import EnrolMember, enrol_member
from members_service.application.membership.readings import READ_CARD_NUMBER
from members_service.application.membership.show_member import list_members, show_member
from members_service.application.membership.views import EnrolledMember, MemberFilter
from shared.kernel.receipts import Receipt
from shared.web.auth import NOBODY, Caller, OnlyOf
from shared.web.cursors import Listing, Page, listing
from shared.web.documents.described import located
from shared.web.etags import Tag
from shared.web.idempotency import Once
from shared.web.json.strict_json import Body, Moment, ResponseModel, StrictRoute, line, paragraph, read_by
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


class SuspensionResponse(ResponseModel):
    """Why and until when the membership is stopped."""

    reason: str
    until: date | None


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
}


class MemberResponse(ResponseModel):
    """A member."""

    model_config = ConfigDict(json_schema_extra={"examples": [A_MEMBER]})

    member_id: UUID
    card_number: str
    name: str
    email: str
    category: CategoryName
    status: StatusName
    joined_at: Moment
    expires_on: date
    suspension: SuspensionResponse | None
    language: str | None
    phone: str | None
    address: str | None
    date_of_birth: date | None


class EnrolledResponse(MemberResponse):
    """A new member, with the token that the member activates the account with. It is shown this once."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    **A_MEMBER,
                    "activation_token": "agUK8iWOFFH1c22-TlsSycSYJqrRM6vq2FY7EZNDVXs",
                    "activation_expires_at": "2026-03-16T10:00:00Z",
                }
            ]
        }
    )

    activation_token: str
    activation_expires_at: Moment

    @classmethod
    def of_enrolled(cls, enrolled: EnrolledMember) -> Self:
        """Show the member and the token side by side."""
        return cls(
            **MemberResponse.of(enrolled.member).model_dump(),
            activation_token=enrolled.activation_token,
            activation_expires_at=enrolled.activation_expires_at,
        )


@router.post(
    "",
    status_code=201,
    operation_id="enrol_member",
    summary="Enrol a member",
    description=getdoc(enrol_member),
    responses=located() | refusals(*enrolment.REFUSALS),
)
async def enrol(
    body: MemberRequest, *, caller: Caller, ports: UseCases, once: Once, tag: Tag, response: Response
) -> EnrolledResponse:
    async def act(receipt: Receipt | None) -> EnrolledMember:
        return await enrol_member(
            EnrolMember(**body.model_dump(), by=caller.subject, by_admin=caller.may("admin")),
            uow=ports.unit_of_work(receipt),
            secret_generator=ports.secret_generator,
            categories=ports.categories,
            clock=ports.clock,
            zone=ports.zone,
        )

    enrolled = await once(EnrolledMember, act)
    response.headers["Location"] = f"/v1/members/{enrolled.member.member_id}"
    tag(enrolled.member.version, enrolled.member.status)
    return EnrolledResponse.of_enrolled(enrolled)


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
    description="Everything that is asked for applies together. A replaced card is refused, and says so.",
    responses=refusals(*lookup.LIST_REFUSALS),
)
async def show_many(
    wanted: Annotated[MemberFilter, Depends(_wanted)],
    page: Page,
    ports: UseCases,
    request: Request,
    response: Response,
) -> Listing[MemberResponse]:
    place = page.after(tuple[UUID])
    found = await list_members(
        wanted,
        limit=page.limit + 1,
        after=place[0] if place else None,
        members=ports.members,
        clock=ports.clock,
        zone=ports.zone,
    )
    shown = found[: page.limit]
    last = (shown[-1].member_id,) if len(found) > page.limit else None
    return listing(request, [MemberResponse.of(member) for member in shown], last, response)


@router.get(
    "/me",
    operation_id="get_me",
    summary="Show one's own membership",
    description="What `get_member` shows, without knowing one's own id. An account without a membership gets 404.",
    responses=refusals(*lookup.REFUSALS),
)
async def show_me(only_of: OnlyOf, ports: UseCases, tag: Tag) -> MemberResponse:
    own = only_of or NOBODY
    member = await show_member(own, only_of=own, members=ports.members, clock=ports.clock, zone=ports.zone)
    tag(member.version, member.status)
    return MemberResponse.of(member)


@router.get(
    "/{member_id}",
    operation_id="get_member",
    summary="Show a member",
    description="Members see themselves; for anybody else's id they get the same 404 as for one that nobody has.",
    responses=refusals(*lookup.REFUSALS),
)
async def show_one(member_id: UUID, only_of: OnlyOf, ports: UseCases, tag: Tag) -> MemberResponse:
    member = await show_member(member_id, only_of=only_of, members=ports.members, clock=ports.clock, zone=ports.zone)
    tag(member.version, member.status)
    return MemberResponse.of(member)
