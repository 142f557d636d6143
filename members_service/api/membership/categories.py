"""Routes for the categories of membership: the whole table, by version."""

from inspect import getdoc
from typing import Annotated

from fastapi import APIRouter
from pydantic import Field

from members_service.api.membership.dependencies import Membership
from members_service.api.membership.member_requests import CategoryName, LanguageTag
from members_service.application.membership.change_categories import ChangeCategories, PutCategories, ShowCategories
from members_service.application.membership.views import CategoriesView
from members_service.domain.membership.membership import CategoryTerms
from shared.web.etags import IfMatch, Tag
from shared.web.json.strict_json import StrictJsonBody, StrictRoute, line
from shared.web.problems import refused_by

router = APIRouter(prefix="/v1/categories", route_class=StrictRoute, tags=["members"])

_Age = Annotated[int, Field(ge=0, le=150)]


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
    terms = [CategoryTerms(**one.model_dump()) for one in body.items]
    return tag(await membership.change_categories(PutCategories(terms, version)))
