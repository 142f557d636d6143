"""Routes for other catalogues: how each is asked, and what it has."""

from inspect import getdoc
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Path, Response
from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from books_service.api.dependencies import Exchange
from books_service.application.exchange.external_targets import (
    ChangeTarget,
    ExternalSearch,
    FieldDifference,
    RemoveTarget,
    SearchExternally,
    ShowTargets,
    TargetChange,
    TargetRemoval,
)
from books_service.domain.catalogue.isbn import Isbn
from books_service.domain.exchange.external_target import ExternalTarget
from shared.kernel.file_records import RecordError
from shared.web.etags import IfMatchUnlessNew, MaybeIfMatch, Tag
from shared.web.json.strict_json import ResponseModel, StrictJsonBody, StrictRoute, line, read_by
from shared.web.problems import refused_by, worded

targets = APIRouter(prefix="/v1/external-targets", route_class=StrictRoute, tags=["external"])
searches = APIRouter(prefix="/v1/external-searches", route_class=StrictRoute, tags=["external"])

TargetCode = Annotated[str, Field(pattern="^[a-z0-9][a-z0-9-]{0,39}$", examples=["dnb"])]
_Index = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9._-]{0,99}$")]


class ExternalTargetRequest(StrictJsonBody):
    """How another catalogue is asked by SRU; what its explain says."""

    title: Annotated[str, line(200)]
    url: Annotated[str, line(500), Field(description="Its address, without a query.")]
    sru_version: Literal["1.1", "1.2", "2.0"] = "1.1"
    record_schema: Annotated[str, line(100), Field(description="Its name for MARCXML.")] = "marcxml"
    isbn_index: Annotated[_Index, Field(description="Its index of ISBNs, in CQL.")] = "bath.isbn"
    word_index: Annotated[_Index, Field(description="Its index of all words, in CQL.")] = "cql.anywhere"


class ExternalTargetResponse(ResponseModel):
    """How another catalogue is asked by SRU."""

    code: str
    title: str
    url: str
    sru_version: str
    record_schema: str
    isbn_index: str
    word_index: str
    version: int


class ExternalTargetList(ResponseModel):
    """Every other catalogue that is known here, by code."""

    items: list[ExternalTargetResponse]


class ExternalSearchRequest(StrictJsonBody):
    """What is looked for where: words, or an ISBN."""

    target: TargetCode
    query: Annotated[str, line(200), Field(description="Words that must all be there.")] | None = None
    isbn: Annotated[str, line(40), read_by(Isbn.parse)] | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> "ExternalSearchRequest":
        if (self.query is None) == (self.isbn is None):
            raise PydanticCustomError("query_or_isbn", "Say either query or isbn")
        return self


class ExternalRecordResponse(ResponseModel):
    """A record of another catalogue in MARC-in-JSON, what an import would read of it, and what that would change."""

    record: dict[str, Any]
    fields: dict[str, Any] | None
    matches: list[UUID]
    changes: list[FieldDifference]
    errors: list[RecordError]


class ExternalRecordList(ResponseModel):
    """The first records that were found, of `total`."""

    items: list[ExternalRecordResponse]
    total: int


@targets.get("", operation_id="list_external_targets", summary="List the other catalogues that can be searched")
async def show_many(exchange: Exchange) -> ExternalTargetList:
    """All of them, by code; a library has few."""
    return ExternalTargetList(items=[ExternalTargetResponse.of(each) for each in await exchange.show_targets.all()])


@targets.get(
    "/{code}",
    operation_id="get_external_target",
    summary="Show how another catalogue is asked",
    description=getdoc(ShowTargets),
    responses=refused_by(ShowTargets),
)
async def show_one(code: Annotated[TargetCode, Path()], exchange: Exchange, tag: Tag) -> ExternalTargetResponse:
    return _shown(await exchange.show_targets(code), tag)


@targets.put(
    "/{code}",
    operation_id="put_external_target",
    summary="Say how another catalogue is asked",
    description=getdoc(ChangeTarget),
    responses={201: {"description": "It is known from now on."}, **refused_by(ChangeTarget)},
)
async def put(
    code: Annotated[TargetCode, Path()],
    body: ExternalTargetRequest,
    if_match: IfMatchUnlessNew,
    *,
    exchange: Exchange,
    tag: Tag,
    response: Response,
) -> ExternalTargetResponse:
    with if_match.needed_for_what_is_there():
        target = await exchange.change_target(TargetChange(code, if_match.version, body.model_dump()))
    response.status_code = 201 if target.version == 1 else 200
    return _shown(target, tag)


@targets.delete(
    "/{code}",
    status_code=204,
    operation_id="remove_external_target",
    summary="Remove another catalogue",
    description=getdoc(RemoveTarget),
    responses=refused_by(RemoveTarget),
)
async def remove(code: Annotated[TargetCode, Path()], version: MaybeIfMatch, exchange: Exchange) -> None:
    await exchange.remove_target(TargetRemoval(code, version))


@searches.post(
    "",
    operation_id="search_external_target",
    summary="Search another catalogue for records",
    description=getdoc(SearchExternally),
    responses=refused_by(SearchExternally),
)
async def search(body: ExternalSearchRequest, exchange: Exchange) -> ExternalRecordList:
    found = await exchange.search_externally(ExternalSearch(body.target, body.query, body.isbn))
    items = [
        ExternalRecordResponse(
            record=each.source.in_json(),
            fields=None if each.fields is None else dict(each.fields),
            matches=list(each.matches),
            changes=list(each.changes),
            errors=list(worded(each.errors)),
        )
        for each in found.records
    ]
    return ExternalRecordList(items=items, total=found.total)


def _shown(target: ExternalTarget, tag: Tag) -> ExternalTargetResponse:
    return ExternalTargetResponse.of(tag(target))
