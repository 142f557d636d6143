"""Routes by which a membership goes on and is kept right: changes, renewal, cards, history, categories."""

from datetime import date
from inspect import getdoc
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Request, Response
from pydantic import ConfigDict, Field
from pydantic.config import JsonDict

from members_service.api.dependencies import UseCases
from members_service.api.email_address import EmailAddress
from members_service.api.membership.members import CategoryName, Day, LanguageTag, MemberResponse, NewCard
from members_service.api.membership.membership_acts import Changing, shown
from members_service.application.membership import change_member as change
from members_service.application.membership import renew_membership as renewal
from members_service.application.membership import replace_card as replacement
from members_service.application.membership import show_history as lookup
from members_service.application.membership.change_member import ChangeMember, change_member
from members_service.application.membership.renew_membership import RenewMembership, renew_membership
from members_service.application.membership.replace_card import ReplaceCard, replace_card
from members_service.application.membership.show_history import show_history
from members_service.application.membership.views import MemberView
from shared.web.auth import NOBODY, Caller, OnlyOf
from shared.web.cursors import Listing, Page, listing
from shared.web.etags import IfMatch, Tag
from shared.web.json.strict_json import Body, Moment, ResponseModel, StrictRoute, line, paragraph
from shared.web.problems import refusals

router = APIRouter(prefix="/v1/members", route_class=StrictRoute, tags=["members"])
categories = APIRouter(prefix="/v1/categories", route_class=StrictRoute, tags=["members"])


class OwnMemberPatchRequest(Body):
    """What members may change of themselves (RFC 7396): how to reach them, and in which language."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"phone": "+44 20 7946 0018"}, {"address": None}]})

    email: Annotated[EmailAddress, Field(default_factory=str, description="Also the address to sign in with.")]
    phone: Annotated[str, line(40)] | None = None
    address: Annotated[str, paragraph(500)] | None = None
    language: LanguageTag | None = None

    def given(self) -> dict[str, Any]:
        """Return what is to change."""
        return self.model_dump(include=self.model_fields_set)


class MemberPatchRequest(OwnMemberPatchRequest):
    """What is to change (RFC 7396); what is left out stays as it is, and null takes a value away."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "Mary Fairfax Somerville", "phone": None}]})

    name: Annotated[str, line(200), Field(default_factory=str)]
    category: Annotated[CategoryName, Field(default_factory=lambda: "adult")]
    expires_on: Annotated[Day, Field(default_factory=lambda: date.max, description="A correction; to go on, renew.")]
    date_of_birth: Day | None = None


class RenewalRequest(Body):
    """Until when; as long as the category lasts if absent."""

    model_config = ConfigDict(json_schema_extra={"examples": [{}, {"expires_on": "2030-06-30"}]})

    expires_on: Day | None = Field(None, description="The new last day, itself included.")


class CardRequest(Body):
    """The new card."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "Lost on the tram."}]})

    card_number: NewCard | None = Field(None, description="Drawn, with a check digit, if absent.")
    reason: Annotated[str, paragraph(500)] | None = Field(None, description="Read by staff only.")


A_HISTORY_ENTRY: JsonDict = {
    "happening_id": "01a20f31-52c5-7a4b-8e02-93c1d5f7b0a6",
    "member_id": "01a20e28-0f3d-748b-97af-a3e33bce55d0",
    "what": "changed",
    "at": "2026-03-04T11:45:00Z",
    "by": "01a20e28-0f3d-748b-97af-a3e33bce5501",
    "reason": None,
    "facts": {"fields": "address phone"},
}


class MembershipHistoryEntryResponse(ResponseModel):
    """One entry of the history of a membership."""

    model_config = ConfigDict(json_schema_extra={"examples": [A_HISTORY_ENTRY]})

    happening_id: UUID
    member_id: UUID
    what: Literal[
        "joined", "changed", "renewed", "card-replaced", "suspended", "reinstated", "blocked", "block-lifted",
        "leaving", "stayed",
    ]  # fmt: skip
    at: Moment
    by: Annotated[
        str | None,
        Field(description="The account or client that did it, for members `staff`; null for the library itself."),
    ]
    reason: str | None
    facts: Annotated[dict[str, str], Field(examples=[{"fields": "address phone"}, {"until": "2030-06-30"}])]


class CategoryResponse(ResponseModel):
    """A kind of membership, how long it lasts when nobody says otherwise, and for which ages (in years) it is."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"category": "child", "name": "Child", "months": 12, "youngest": None, "oldest": 17}]
        }
    )

    category: CategoryName
    name: str
    months: int
    youngest: int | None
    oldest: int | None


class CategoriesResponse(ResponseModel):
    """All of them."""

    items: list[CategoryResponse]
    next_cursor: Annotated[str | None, Field(description="Always null: there is one page.")]


async def _change(command: ChangeMember, ports: UseCases) -> MemberView:
    return await change_member(
        command,
        uow=ports.unit_of_work(None),
        throttle=ports.throttle,
        categories=ports.categories,
        clock=ports.clock,
        zone=ports.zone,
    )


@router.patch(
    "/me",
    operation_id="change_me",
    summary="Change how the library reaches oneself",
    responses=refusals(*change.OWN_REFUSALS),
)
async def change_own(
    body: OwnMemberPatchRequest, *, version: IfMatch, caller: Caller, ports: UseCases, tag: Tag
) -> MemberResponse:
    """Change one's own e-mail address, phone, address or language. Everything else is the desk's to change.

    Another e-mail address is another user name: whoever changes it has signed in within the last five minutes. They may
    ask for ten addresses in an hour, taken or not.
    """
    own = caller.person_id or NOBODY
    command = ChangeMember(own, version, body.given(), caller.subject, own_session=caller.session or "")
    return shown(await _change(command, ports), tag)


@router.patch(
    "/{member_id}",
    operation_id="change_member",
    summary="Change what is on record of a member",
    description=getdoc(change_member),
    responses=refusals(*change.DESK_REFUSALS),
)
async def change_one(
    member_id: UUID, body: MemberPatchRequest, *, version: IfMatch, caller: Caller, ports: UseCases, tag: Tag
) -> MemberResponse:
    command = ChangeMember(member_id, version, body.given(), caller.subject, by_admin=caller.may("admin"))
    return shown(await _change(command, ports), tag)


@router.post(
    "/{member_id}/renew",
    operation_id="renew_membership",
    summary="Renew a membership",
    description=getdoc(renew_membership),
    responses=refusals(*renewal.REFUSALS),
)
async def renew(
    member_id: UUID, *, body: RenewalRequest | None = None, caller: Caller, ports: UseCases, changing: Changing
) -> MemberResponse:
    command = RenewMembership(member_id, body.expires_on if body else None, caller.subject)
    return await changing(
        lambda uow: renew_membership(command, uow=uow, categories=ports.categories, clock=ports.clock, zone=ports.zone)
    )


@router.post(
    "/{member_id}/cards",
    status_code=201,
    operation_id="replace_card",
    summary="Replace a member's card",
    description=getdoc(replace_card),
    responses=refusals(*replacement.REFUSALS),
)
async def replace(
    member_id: UUID, *, body: CardRequest | None = None, caller: Caller, ports: UseCases, changing: Changing
) -> MemberResponse:
    asked = body or CardRequest()
    command = ReplaceCard(member_id, asked.card_number, asked.reason, caller.subject)
    return await changing(
        lambda uow: replace_card(
            command, uow=uow, secret_generator=ports.secret_generator, clock=ports.clock, zone=ports.zone
        )
    )


@router.get(
    "/{member_id}/history",
    operation_id="list_history",
    summary="List what happened to a membership, newest first",
    description=getdoc(show_history),
    responses=refusals(*lookup.REFUSALS),
)
async def history(
    member_id: UUID,
    *,
    caller: Caller,
    only_of: OnlyOf,
    page: Page,
    ports: UseCases,
    request: Request,
    response: Response,
) -> Listing[MembershipHistoryEntryResponse]:
    place = page.after(tuple[UUID])
    before = place[0] if place else None
    found = await show_history(
        member_id,
        only_of=only_of,
        account=caller.subject,
        limit=page.limit + 1,
        before=before,
        members=ports.members,
    )
    entries = found[: page.limit]
    last = (entries[-1].happening_id,) if len(found) > page.limit else None
    return listing(request, [MembershipHistoryEntryResponse.of(entry) for entry in entries], last, response)


@categories.get(
    "",
    operation_id="list_categories",
    summary="List the categories of membership",
    description="What the library has decided on each: how long it lasts, and for which ages it is.",
)
async def list_categories(ports: UseCases) -> CategoriesResponse:
    return CategoriesResponse(
        items=[CategoryResponse.of(terms) for terms in ports.categories.values()], next_cursor=None
    )
