"""Routes by which people apply for a membership, and the desk decides."""

from inspect import getdoc
from typing import Annotated, Self
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field, model_validator

from members_service.api.email_address import EmailAddress
from members_service.api.membership.dependencies import Membership
from members_service.api.membership.member_requests import (
    AddressRequest,
    BranchCode,
    CategoryName,
    Day,
    EndUserAddress,
    LanguageTag,
    NewCard,
    address_of,
)
from members_service.application.membership.applications.applications import (
    Acceptance,
    AcceptApplication,
    Apply,
    Applying,
    ConfirmApplication,
    ListApplications,
    RejectApplication,
)
from members_service.application.membership.applications.views import ApplicationView, ConfirmedView, NewApplicationView
from members_service.application.membership.views import EnrolledMember
from members_service.domain.application import Applicant
from shared.web.auth import Caller
from shared.web.cursors import Listing, Page
from shared.web.documents.described import located
from shared.web.idempotency import Once
from shared.web.json.strict_json import StrictJsonBody, StrictRoute, line
from shared.web.problems import refused_by

router = APIRouter(prefix="/v1/applications", route_class=StrictRoute, tags=["members"])


class ApplicationRequest(StrictJsonBody):
    """Who wants to join: `name`, or `given_name` and `family_name`, an e-mail address and a category."""

    category: CategoryName
    email: EmailAddress
    name: Annotated[str, line(200)] | None = None
    given_name: Annotated[str, line(100)] | None = None
    family_name: Annotated[str, line(100)] | None = None
    phone: Annotated[str, line(40)] | None = None
    mobile: Annotated[str, line(40)] | None = None
    address: AddressRequest | None = None
    date_of_birth: Day | None = None
    language: LanguageTag | None = None
    home_branch: BranchCode | None = None
    end_user_address: EndUserAddress | None = Field(
        None, description="The address of whoever applies, so that nobody else has to wait for others who do."
    )

    @model_validator(mode="after")
    def _has_a_name(self) -> Self:
        if not (self.name or self.given_name or self.family_name):
            raise ValueError("whoever applies has a name: give name, or given_name and family_name")
        return self

    def applicant(self) -> Applicant:
        """Return who applies."""
        facts = self.model_dump(exclude={"address", "end_user_address"})
        return Applicant(**facts, address=address_of(self.address))


class ConfirmationRequest(StrictJsonBody):
    """The token that was mailed."""

    confirmation_token: Annotated[str, Field(min_length=1, max_length=200)]


class AcceptanceRequest(StrictJsonBody):
    """What the desk says otherwise than the applicant."""

    category: CategoryName | None = Field(None, description="Another category than was applied for.")
    card_number: NewCard | None = Field(None, description="Drawn, with a check digit, if absent.")
    expires_on: Day | None = Field(None, description="The last day of the membership; by category if absent.")


@router.post(
    "",
    status_code=201,
    operation_id="apply_for_membership",
    summary="Apply for a membership",
    description=getdoc(Apply),
    responses=refused_by(Apply),
)
async def apply(body: ApplicationRequest, membership: Membership, once: Once, request: Request) -> NewApplicationView:
    address = request.client.host if request.client else None
    applying = Applying(body.applicant(), address, body.end_user_address)
    return await once(NewApplicationView, membership.apply, applying)


@router.post(
    "/confirm",
    operation_id="confirm_application",
    summary="Confirm the address of an application",
    description=getdoc(ConfirmApplication),
    responses=refused_by(ConfirmApplication),
)
async def confirm(body: ConfirmationRequest, membership: Membership) -> ConfirmedView:
    return await membership.confirm_application(body.confirmation_token)


@router.get(
    "",
    operation_id="list_applications",
    summary="List those who want to join, oldest first",
    description=getdoc(ListApplications),
)
async def show_many(
    page: Page,
    membership: Membership,
    *,
    confirmed: Annotated[bool | None, Query(description="Only those whose address was confirmed, or was not.")] = None,
) -> Listing[ApplicationView]:
    found = await membership.list_applications(confirmed=confirmed, limit=page.limit + 1, after=page.after_id())
    return page.listing(found, lambda last: (last.application_id,))


@router.post(
    "/{application_id}/accept",
    status_code=201,
    operation_id="accept_application",
    summary="Make somebody a member who has applied",
    description=getdoc(AcceptApplication),
    responses=located() | refused_by(AcceptApplication),
)
async def accept(
    application_id: UUID,
    *,
    body: AcceptanceRequest | None = None,
    caller: Caller,
    membership: Membership,
    once: Once,
    response: Response,
) -> EnrolledMember:
    asked = body or AcceptanceRequest()
    command = Acceptance(application_id, asked.category, asked.card_number, asked.expires_on, caller.subject)
    member = await once(EnrolledMember, membership.accept_application, command)
    response.headers["Location"] = f"/v1/members/{member.member_id}"
    return member


@router.delete(
    "/{application_id}",
    status_code=204,
    operation_id="reject_application",
    summary="Forget an application",
    description=getdoc(RejectApplication),
    responses=refused_by(RejectApplication),
)
async def reject(application_id: UUID, membership: Membership) -> None:
    await membership.reject_application(application_id)
