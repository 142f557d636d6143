"""Routes for the words of notices."""

from inspect import getdoc
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Response
from pydantic import Field

from members_service.api.membership.member_requests import BranchCode, LanguageTag
from members_service.api.notices.dependencies import NoticeWords
from members_service.application.notices.templates.change_templates import (
    ListTemplateVersions,
    PutTemplate,
    RemoveTemplate,
    ShowTemplate,
    TemplateChange,
)
from members_service.application.notices.templates.preview import Preview, PreviewTemplate
from members_service.application.notices.templates.views import PreviewView, TemplateVersionView, TemplateView
from members_service.domain.notices.message import Way
from members_service.domain.notices.template import KINDS, LONGEST, Template, TemplateKey
from shared.web.auth import Caller
from shared.web.cursors import Listing, Page
from shared.web.etags import IfMatchUnlessNew, MaybeIfMatch, Tag
from shared.web.json.strict_json import StrictJsonBody, StrictRoute, line, paragraph
from shared.web.problems import refused_by

router = APIRouter(prefix="/v1/notice-templates/{kind}/{way}/{language}", route_class=StrictRoute, tags=["notices"])

TemplateKind = Annotated[
    Literal[KINDS],  # type: ignore[valid-type]  # the kinds, and `frame`
    Path(description="A kind of notices, or `frame`: what stands around the notices of a message."),
]
_Source = Annotated[str, paragraph(LONGEST)]
_Subject = Annotated[str, line(300)]


class TemplateRequest(StrictJsonBody):
    """The words, in Jinja. Mail and letters have a subject, push messages and frames have none."""

    subject: _Subject | None = Field(None, description="Of a letter, the line above it.")
    text: _Source
    html: _Source | None = Field(None, description="Of mail alone; the text part says everything, too.")

    def template(self) -> Template:
        """Return the template."""
        return Template(self.text, self.subject, self.html)


class PreviewRequest(StrictJsonBody):
    """For whom, and perhaps words that are not saved yet."""

    member_id: UUID | None = Field(None, description="Written to this member, by name; what it is about is invented.")
    subject: _Subject | None = None
    text: _Source | None = Field(None, description="With it these words are shown; without, those in force.")
    html: _Source | None = None

    def draft(self) -> Template | None:
        """Return the words that are not saved yet."""
        return None if self.text is None else Template(self.text, self.subject, self.html)


async def _key(
    kind: TemplateKind,
    way: Way,
    language: LanguageTag,
    branch: Annotated[BranchCode | None, Query(description="Of one branch; of the whole library if absent.")] = None,
) -> TemplateKey:
    return TemplateKey(kind, way, language, branch)


Key = Annotated[TemplateKey, Depends(_key)]


@router.get(
    "",
    operation_id="get_notice_template",
    summary="Show the words of a kind of notices",
    description=getdoc(ShowTemplate),
    responses=refused_by(ShowTemplate),
)
async def show(key: Key, words: NoticeWords, tag: Tag) -> TemplateView:
    return tag(await words.show(key))


@router.put(
    "",
    operation_id="put_notice_template",
    summary="Write the words of a kind of notices",
    description=getdoc(PutTemplate),
    responses={201: {"description": "The library's first words for this."}, **refused_by(PutTemplate)},
)
async def put(
    key: Key,
    body: TemplateRequest,
    if_match: IfMatchUnlessNew,
    *,
    caller: Caller,
    words: NoticeWords,
    tag: Tag,
    response: Response,
) -> TemplateView:
    with if_match.needed_for_what_is_there():
        written = await words.put(TemplateChange(key, body.template(), if_match.version, by=caller.subject))
    response.status_code = 201 if written.version == 1 else 200
    return tag(written)


@router.delete(
    "",
    status_code=204,
    operation_id="remove_notice_template",
    summary="Give the library's own words up",
    description=getdoc(RemoveTemplate),
    responses=refused_by(RemoveTemplate),
)
async def remove(key: Key, version: MaybeIfMatch, *, caller: Caller, words: NoticeWords) -> None:
    await words.remove(key, seen=version, by=caller.subject)


@router.get(
    "/versions",
    operation_id="list_notice_template_versions",
    summary="List what the library wrote, the newest first",
    description=getdoc(ListTemplateVersions),
)
async def show_versions(key: Key, page: Page, words: NoticeWords) -> Listing[TemplateVersionView]:
    position = page.after(tuple[int])
    found = await words.versions(key, limit=page.limit + 1, before=position[0] if position else None)
    return page.listing(found, lambda last: (last.version,))


@router.post(
    "/preview",
    operation_id="preview_notice",
    summary="Show what a message would say",
    description=getdoc(PreviewTemplate),
    responses=refused_by(PreviewTemplate),
)
async def preview(key: Key, body: PreviewRequest, *, caller: Caller, words: NoticeWords) -> PreviewView:
    return await words.preview(Preview(key, body.draft(), body.member_id, caller.subject))
