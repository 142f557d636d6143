"""Routes for authorities: names and subjects under one heading each."""

from inspect import getdoc
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import Field

from books_service.api.catalogue.history_models import history_page, place_in_history
from books_service.api.dependencies import Actor, Authorities
from books_service.application.authorities.change_authorities import (
    AddAuthority,
    AuthorityMerger,
    AuthorityRevision,
    MergeAuthorities,
    NewAuthority,
    ReviseAuthority,
)
from books_service.application.authorities.queries import AuthorityQueries
from books_service.application.authorities.views import AuthorityView
from books_service.application.catalogue.history import CatalogueChange
from books_service.domain.authorities.authority import LONGEST_URI, MOST_FORMS, MOST_URIS, AuthorityKind
from books_service.domain.authorities.heading import LONGEST_HEADING, LONGEST_KEY
from shared.web.cursors import Listing, Page
from shared.web.documents.described import located
from shared.web.etags import IfMatch, Tag
from shared.web.idempotency import Once
from shared.web.json.strict_json import StrictJsonBody, StrictRoute, line
from shared.web.problems import refused_by

router = APIRouter(prefix="/v1/authorities", route_class=StrictRoute, tags=["authorities"])

Heading = Annotated[str, line(LONGEST_HEADING), Field(examples=["Twain, Mark"])]
SeeFrom = Annotated[
    list[Annotated[str, line(LONGEST_HEADING)]],
    Field(max_length=MOST_FORMS, description="Other forms of the heading, from which one is led to it."),
]
Uris = Annotated[
    list[Annotated[str, line(LONGEST_URI)]],
    Field(max_length=MOST_URIS, description="What names the same thing on the web: VIAF, GND, LCSH …"),
]
_FiledHeading = Annotated[str, Field(max_length=LONGEST_KEY, pattern=r"^[^\x00]*$")]


class AuthorityRequest(StrictJsonBody):
    """A new authority."""

    kind: AuthorityKind
    heading: Heading
    see_from: SeeFrom = Field(default_factory=list)
    uris: Uris = Field(default_factory=list)


class AuthorityPatchRequest(StrictJsonBody):
    """What changes, as a merge patch; lists are replaced, and null empties one."""

    # Never looked at unless they are given.
    kind: AuthorityKind = AuthorityKind.SUBJECT
    heading: Heading = Field(default_factory=str)
    see_from: SeeFrom | None = None
    uris: Uris | None = None


class AuthorityMergeRequest(StrictJsonBody):
    """Into which authority."""

    into: UUID


def _fields(body: StrictJsonBody) -> dict[str, Any]:
    return {name: getattr(body, name) for name in body.model_fields_set}


@router.post(
    "",
    status_code=201,
    operation_id="add_authority",
    summary="Add a name or a subject under its heading",
    description=getdoc(AddAuthority),
    responses=located() | refused_by(AddAuthority),
)
async def add(
    body: AuthorityRequest, *, authorities: Authorities, who: Actor, once: Once, tag: Tag, response: Response
) -> AuthorityView:
    authority = await once(AuthorityView, authorities.add_authority, NewAuthority(_fields(body), who))
    response.headers["Location"] = f"/v1/authorities/{authority.authority_id}"
    return tag(authority)


@router.get("", operation_id="list_authorities", summary="List authorities, by their headings")
async def show_many(
    page: Page,
    authorities: Authorities,
    *,
    kind: Annotated[AuthorityKind | None, Query(description="Only of this kind.")] = None,
    q: Annotated[
        str | None,
        line(LONGEST_HEADING),
        Query(description="How the heading or another form begins, without accents, case and punctuation."),
    ] = None,
    uri: Annotated[str | None, line(LONGEST_URI), Query(description="Only what this names.")] = None,
) -> Listing[AuthorityView]:
    """One that is found by another form shows its heading, under which it stands in the list."""
    place = page.after(tuple[_FiledHeading, UUID])
    found = await authorities.queries.authorities(kind=kind, beginning=q, uri=uri, after=place, limit=page.limit + 1)
    filed = {view.authority_id: key for key, view in found}
    return page.listing([view for _, view in found], lambda last: (filed[last.authority_id], last.authority_id))


@router.get(
    "/{authority_id}",
    operation_id="get_authority",
    summary="Show an authority",
    responses=refused_by(AuthorityQueries.authority),
)
async def show_one(authority_id: UUID, authorities: Authorities, tag: Tag) -> AuthorityView:
    """Of one that was merged into another the problem `authority-merged` tells by `into` which one to show instead."""
    return tag(await authorities.queries.authority(authority_id))


@router.patch(
    "/{authority_id}",
    operation_id="revise_authority",
    summary="Correct an authority, and its heading in all books",
    description=getdoc(ReviseAuthority),
    responses=refused_by(ReviseAuthority),
)
async def revise(
    authority_id: UUID,
    body: AuthorityPatchRequest,
    version: IfMatch,
    *,
    authorities: Authorities,
    who: Actor,
    tag: Tag,
) -> AuthorityView:
    return tag(await authorities.revise_authority(AuthorityRevision(authority_id, version, _fields(body), who)))


@router.post(
    "/{authority_id}/merge",
    operation_id="merge_authority",
    summary="Merge an authority into another one",
    description=getdoc(MergeAuthorities),
    responses=refused_by(MergeAuthorities),
)
async def merge(
    authority_id: UUID, body: AuthorityMergeRequest, *, authorities: Authorities, who: Actor, once: Once, tag: Tag
) -> AuthorityView:
    merger = AuthorityMerger(authority_id, body.into, who)
    return tag(await once(AuthorityView, authorities.merge_authorities, merger))


@router.get(
    "/{authority_id}/history",
    operation_id="get_history_of_authority",
    summary="Show who changed an authority, when and how, newest first",
    responses=refused_by(AuthorityQueries.history),
)
async def show_history(authority_id: UUID, page: Page, authorities: Authorities) -> Listing[CatalogueChange]:
    """Shows the history of an authority that was merged, too."""
    found = await authorities.queries.history(authority_id, before=place_in_history(page), limit=page.limit + 1)
    return history_page(found, page)
