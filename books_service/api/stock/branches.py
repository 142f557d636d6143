"""Routes for branches: the places where copies are at home."""

from inspect import getdoc
from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import Field

from books_service.api.dependencies import Stock
from books_service.api.shapes import BranchCode, LocationCode
from books_service.application.stock.add_branch import AddBranch, NewBranch
from books_service.application.stock.close_branch import CloseBranch, Closing
from books_service.application.stock.queries.copies import StockQueries
from books_service.application.stock.revise_branch import BranchRevision, ReviseBranch
from books_service.application.stock.views import BranchClosure, BranchView
from books_service.domain.stock.branch import CONTACTS, branch_code, zone
from shared.web.cursors import Listing, Page
from shared.web.documents.described import located
from shared.web.etags import IfMatch, Tag
from shared.web.idempotency import Once
from shared.web.json.strict_json import StrictJsonBody, StrictRoute, line, read_by
from shared.web.problems import refused_by

router = APIRouter(prefix="/v1/branches", route_class=StrictRoute, tags=["branches"])


Timezone = Annotated[str, line(100), read_by(zone)]


class LocationRequest(StrictJsonBody):
    """A shelf, a room or a collection inside a branch."""

    code: Annotated[LocationCode, read_by(branch_code)]
    name: Annotated[str, line(200)]


Locations = Annotated[list[LocationRequest], Field(max_length=200)]


EmailAddress = Annotated[
    str, line(CONTACTS["email"]), Field(pattern=r"^[^@\s]+@[^@\s]+$", json_schema_extra={"format": "email"})
]


class ContactsRequest(StrictJsonBody):
    """How to reach a branch."""

    address: Annotated[str, line(CONTACTS["address"])] | None = Field(None, description="Shown to everybody.")
    phone: Annotated[str, line(CONTACTS["phone"])] | None = Field(None, description="Shown to everybody.")
    email: EmailAddress | None = Field(None, description="Shown to everybody.")

    def contacts(self) -> dict[str, str | None]:
        """Return those that are given."""
        return {name: getattr(self, name) for name in CONTACTS if name in self.model_fields_set}


class BranchRequest(ContactsRequest):
    """A new branch."""

    code: Annotated[BranchCode, read_by(branch_code)]
    name: Annotated[str, line(200)]
    timezone: Annotated[Timezone, Field(description="IANA name; the library's own if absent.")] | None = None
    locations: Locations = Field(default_factory=list)

    def to_command(self) -> NewBranch:
        """Return the command of the use case."""
        locations = [(each.code, each.name) for each in self.locations]
        return NewBranch(self.code, self.name, self.timezone, locations, self.contacts())


class BranchPatchRequest(ContactsRequest):
    """What changes, as a merge patch; a branch always has name and time zone. null: there is no such contact."""

    # Never looked at unless they are given.
    name: Annotated[str, line(200)] = Field(default_factory=str)
    timezone: Annotated[Timezone, Field(description="IANA name.")] = Field(default_factory=str)
    locations: Locations = Field(default_factory=list, description="All of them: the list is replaced.")

    def to_command(self, code: str, version: int | None) -> BranchRevision:
        """Return the command of the use case."""
        is_set = "locations" in self.model_fields_set
        locations = [(each.code, each.name) for each in self.locations] if is_set else None
        return BranchRevision(code, version, self.name or None, self.timezone or None, locations, self.contacts())


@router.post(
    "",
    status_code=201,
    operation_id="add_branch",
    summary="Add a branch",
    description=getdoc(AddBranch),
    responses=located() | refused_by(AddBranch),
)
async def add(body: BranchRequest, stock: Stock, once: Once, tag: Tag, response: Response) -> BranchView:
    branch = await once(BranchView, stock.add_branch, body.to_command())
    response.headers["Location"] = f"/v1/branches/{branch.code}"
    return tag(branch)


class ClosureRequest(StrictJsonBody):
    """Which branch gets the copies of the one that closes for good."""

    copies_to: BranchCode
    dry_run: bool = Field(default=False, description="Only say what there is in the branch.")


@router.get("", operation_id="list_branches", summary="List the branches, by code")
async def show_many(
    page: Page,
    stock: Stock,
    *,
    closed: Annotated[bool, Query(description="Those that have closed for good instead.")] = False,
) -> Listing[BranchView]:
    """A branch is a place with a desk, and with a time zone of its own."""
    place = page.after(tuple[BranchCode])
    found = await stock.queries.branches(closed=closed, after=place[0] if place else None, limit=page.limit + 1)
    return page.listing(found, lambda last: (last.code,))


@router.get(
    "/{code}",
    operation_id="get_branch",
    summary="Show a branch",
    responses=refused_by(StockQueries.branch),
)
async def show_one(code: BranchCode, stock: Stock, tag: Tag) -> BranchView:
    """Show the name, the time zone, the locations and the contacts of one branch, by its code."""
    return tag(await stock.queries.branch(code))


@router.patch(
    "/{code}",
    operation_id="revise_branch",
    summary="Give a branch another name, time zone, other locations or contacts",
    description=getdoc(ReviseBranch),
    responses=refused_by(ReviseBranch),
)
async def revise(code: BranchCode, body: BranchPatchRequest, version: IfMatch, stock: Stock, tag: Tag) -> BranchView:
    return tag(await stock.revise_branch(body.to_command(code, version)))


@router.post(
    "/{code}/closure",
    operation_id="close_branch_for_good",
    summary="Close a branch for good",
    description=getdoc(CloseBranch),
    responses=refused_by(CloseBranch),
)
async def close(code: BranchCode, body: ClosureRequest, stock: Stock, once: Once) -> BranchClosure:
    return await once(BranchClosure, stock.close_branch, Closing(code, body.copies_to, body.dry_run))
