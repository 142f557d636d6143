"""Routes for the categories of membership: the whole table, by version."""

from inspect import getdoc
from typing import Annotated

from fastapi import APIRouter
from pydantic import Field

from members_service.api.membership.dependencies import Membership
from members_service.api.membership.member_requests import CategoryName, LanguageTag
from members_service.application.membership.change_categories import ChangeCategories, PutCategories, ShowCategories
from members_service.application.membership.views import CategoriesView
from members_service.domain.membership.fee import Fee
from members_service.domain.membership.membership import CategoryTerms
from shared.web.etags import IfMatch, Tag
from shared.web.json.strict_json import StrictJsonBody, StrictRoute, line
from shared.web.problems import refused_by

router = APIRouter(prefix="/v1/categories", route_class=StrictRoute, tags=["members"])

_Age = Annotated[int, Field(ge=0, le=150)]


class FeeRequest(StrictJsonBody):
    """An amount in minor units."""

    amount: Annotated[int, Field(gt=0, le=100_000_000)]
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")] | None = Field(
        None, description="ISO 4217; the library's if absent, and no other one, for lending charges in it."
    )

    def fee(self) -> Fee:
        """Return the fee."""
        return Fee(self.amount, self.currency)


class CategoryRequest(StrictJsonBody):
    """A kind of membership: how long it lasts when nobody says otherwise, for which ages it is, and what follows."""

    category: CategoryName
    name: Annotated[str, line(60)]
    months: Annotated[int, Field(ge=1, le=1_200)]
    youngest: _Age | None = None
    oldest: _Age | None = None
    follows: CategoryName | None = Field(None, description="The category of those who get older than `oldest`.")
    names: Annotated[dict[LanguageTag, Annotated[str, line(60)]], Field(max_length=50)] = Field(
        default_factory=dict, description="The name in other languages (BCP 47)."
    )
    enrolment_fee: FeeRequest | None = Field(None, description="What joining costs.")
    annual_fee: FeeRequest | None = Field(None, description="What each year costs that begins.")
    ends_on: Annotated[str, Field(pattern="^[0-9]{2}-[0-9]{2}$", examples=["07-31"])] | None = Field(
        None, description="The day (MM-DD) on which memberships end for all, after `months` at most."
    )

    own_renewal_days: Annotated[int, Field(ge=0, le=3_660)] | None = Field(
        None,
        description="Members renew their own membership from so many days before its end until so many after; at the "
        "desk alone if absent.",
    )

    applications: bool = Field(default=False, description="People apply for such a membership online.")

    def terms(self) -> CategoryTerms:
        """Return the terms of the category."""
        plain = self.model_dump(exclude={"enrolment_fee", "annual_fee"})
        enrolment, annual = self.enrolment_fee, self.annual_fee
        return CategoryTerms(
            **plain,
            enrolment_fee=None if enrolment is None else enrolment.fee(),
            annual_fee=None if annual is None else annual.fee(),
        )


class CategoriesRequest(StrictJsonBody):
    """All of them."""

    items: Annotated[list[CategoryRequest], Field(min_length=1, max_length=200)]


@router.get(
    "",
    operation_id="list_categories",
    summary="List the categories of membership",
    description=getdoc(ShowCategories),
)
async def show(membership: Membership, tag: Tag) -> CategoriesView:
    return tag(await membership.show_categories())


@router.put(
    "",
    operation_id="put_categories",
    summary="Put another table of categories in force",
    description=getdoc(ChangeCategories),
    responses=refused_by(ChangeCategories),
)
async def put(body: CategoriesRequest, membership: Membership, version: IfMatch, tag: Tag) -> CategoriesView:
    terms = [one.terms() for one in body.items]
    return tag(await membership.change_categories(PutCategories(terms, version)))
