"""Routes for branches: the places where copies are at home."""

from inspect import getdoc
from typing import Annotated, Any

from fastapi import APIRouter, Request, Response
from pydantic import ConfigDict, Field

from books_service.api.dependencies import UseCases
from books_service.api.shapes import BranchCode
from books_service.application.catalogue.views import BranchView
from books_service.application.readings import READ_BRANCH_CODE, READ_TIMEZONE
from books_service.application.refusals import OF_ONE_BRANCH
from books_service.application.stock import add_branch as opening
from books_service.application.stock import revise_branch as revising
from books_service.application.stock.add_branch import AddBranch, add_branch
from books_service.application.stock.revise_branch import ReviseBranch, revise_branch
from shared.kernel.receipts import Receipt
from shared.web.cursors import Listing, Page, listing
from shared.web.documents.described import located
from shared.web.etags import IfMatch, Tag
from shared.web.idempotency import Once
from shared.web.json.strict_json import Body, Moment, ResponseModel, StrictRoute, line, read_by
from shared.web.problems import refusals

router = APIRouter(prefix="/v1/branches", route_class=StrictRoute, tags=["branches"])


Timezone = Annotated[str, line(100), read_by(READ_TIMEZONE)]


_EAST: dict[str, Any] = {"code": "EAST", "name": "Eastern branch", "timezone": "Europe/Vienna"}


class BranchRequest(Body):
    """A new branch."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EAST]})

    code: Annotated[BranchCode, read_by(READ_BRANCH_CODE)]
    name: Annotated[str, line(200)]
    timezone: Annotated[Timezone, Field(description="IANA name; the library's own if absent.")] | None = None


class BranchPatchRequest(Body):
    """What changes, as a merge patch; a branch always has both."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "Library at the harbour"}]})

    # Never looked at unless they are given.
    name: Annotated[str, line(200)] = Field(default_factory=str)
    timezone: Annotated[Timezone, Field(description="IANA name.")] = Field(default_factory=str)


class BranchResponse(ResponseModel):
    """A branch."""

    model_config = ConfigDict(json_schema_extra={"examples": [{**_EAST, "added_at": "2026-03-01T09:30:00Z"}]})

    code: str
    name: str
    timezone: str
    added_at: Moment


@router.post(
    "",
    status_code=201,
    operation_id="add_branch",
    summary="Add a branch",
    description=getdoc(add_branch),
    responses=located() | refusals(*opening.REFUSALS),
)
async def add(body: BranchRequest, ports: UseCases, once: Once, tag: Tag, response: Response) -> BranchResponse:
    async def act(receipt: Receipt | None) -> BranchView:
        command = AddBranch(body.code, body.name, body.timezone)
        uow = ports.unit_of_work(receipt)
        return await add_branch(command, uow=uow, clock=ports.clock, timezone=ports.timezone)

    branch = await once(BranchView, act)
    response.headers["Location"] = f"/v1/branches/{branch.code}"
    tag(branch.version)
    return BranchResponse.of(branch)


@router.get("", operation_id="list_branches", summary="List the branches, by code")
async def show_many(page: Page, ports: UseCases, request: Request, response: Response) -> Listing[BranchResponse]:
    """A branch is a place with a desk, and with a time zone of its own."""
    place = page.after(tuple[BranchCode])
    found = await ports.views.branches(after=place[0] if place else None, limit=page.limit + 1)
    shown = found[: page.limit]
    last = (shown[-1].code,) if len(found) > page.limit else None
    return listing(request, [BranchResponse.of(branch) for branch in shown], last, response)


@router.get("/{code}", operation_id="get_branch", summary="Show a branch", responses=refusals(*OF_ONE_BRANCH))
async def show_one(code: BranchCode, ports: UseCases, tag: Tag) -> BranchResponse:
    """Show the name and the time zone of one branch, by its code."""
    branch = await ports.views.branch(code)
    tag(branch.version)
    return BranchResponse.of(branch)


@router.patch(
    "/{code}",
    operation_id="revise_branch",
    summary="Give a branch another name or time zone",
    description=getdoc(revise_branch),
    responses=refusals(*revising.REFUSALS),
)
async def revise(
    code: BranchCode, body: BranchPatchRequest, version: IfMatch, ports: UseCases, tag: Tag
) -> BranchResponse:
    command = ReviseBranch(code, version, body.name or None, body.timezone or None)
    branch = await revise_branch(command, uow=ports.unit_of_work(None))
    tag(branch.version)
    return BranchResponse.of(branch)
