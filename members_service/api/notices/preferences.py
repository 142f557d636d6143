"""Routes for what members want to be told, and for what holds where they choose nothing."""

from inspect import getdoc
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import Field

from members_service.api.membership.member_requests import CategoryName, LanguageTag
from members_service.api.notices.dependencies import Preferences
from members_service.application.membership.show_member import Reading
from members_service.application.notices.preferences.change_defaults import (
    ApplyDefaults,
    DefaultsChange,
    PutDefaults,
    ShowDefaults,
)
from members_service.application.notices.preferences.change_preferences import (
    ChangePreferences,
    PreferenceChange,
    ShowPreferences,
)
from members_service.application.notices.preferences.views import AppliedView, DefaultsView, PreferencesView
from members_service.domain.notices.kinds import NoticeKind
from members_service.domain.notices.message import Way
from members_service.domain.notices.preferences import NoticePreferences
from shared.web.auth import NOBODY, Caller, OnlyOf
from shared.web.etags import IfMatch, IfMatchUnlessNew, Tag
from shared.web.json.strict_json import StrictJsonBody, StrictRoute
from shared.web.problems import refused_by

router = APIRouter(prefix="/v1/members", route_class=StrictRoute, tags=["notices"])
defaults = APIRouter(prefix="/v1/notice-defaults", route_class=StrictRoute, tags=["notices"])

Ways = Annotated[list[Way], Field(min_length=1, max_length=len(Way), description="Tried in this order; one reaches.")]
_Kinds = Annotated[
    dict[NoticeKind, bool | Ways | None],
    Field(max_length=len(NoticeKind), description="Of courtesy: false for none, true, or ways of its own."),
]


class PreferencesPatchRequest(StrictJsonBody):
    """What is to be different; what is left out stays."""

    language: LanguageTag | None = Field(None, description="The language of the member's record; null: the library's.")
    ways: Ways | None = Field(None, description="Tried in this order; null: those of the library.")
    kinds: _Kinds | None = None

    def change(self, member_id: UUID, *, version: int | None, by: str) -> PreferenceChange:
        """Return the command."""
        changes: dict[str, Any] = {
            name: getattr(self, name) for name in ("language", "ways") if name in self.model_fields_set
        }
        if changes.get("ways") is not None:
            changes["ways"] = tuple(dict.fromkeys(changes["ways"]))
        return PreferenceChange(member_id, changes, version, _kinds(self.kinds or {}), by)


class DefaultsRequest(StrictJsonBody):
    """What holds for who chooses nothing."""

    ways: Ways | None = Field(None, description="Tried in this order; null: those of the library.")
    kinds: _Kinds = Field(default_factory=dict)

    def preferences(self) -> NoticePreferences:
        """Return the preferences. Raises NoticeNotOptional."""
        ways = None if self.ways is None else tuple(dict.fromkeys(self.ways))
        return NoticePreferences(ways).with_kinds(_kinds(self.kinds))


class ApplyRequest(StrictJsonBody):
    """Whether it is done, or only counted."""

    dry_run: bool = False


def _kinds(asked: dict[NoticeKind, bool | list[Way] | None]) -> dict[NoticeKind, bool | tuple[Way, ...] | None]:
    return {kind: tuple(dict.fromkeys(ways)) if isinstance(ways, list) else ways for kind, ways in asked.items()}


@router.get(
    "/me/notice-preferences",
    operation_id="get_my_notice_preferences",
    summary="Show what one wants to be told",
    description=getdoc(ShowPreferences),
    responses=refused_by(ShowPreferences),
)
async def show_own(only_of: OnlyOf, chosen: Preferences, tag: Tag) -> PreferencesView:
    own = only_of or NOBODY
    return tag(await chosen.show(Reading(own, own)))


@router.patch(
    "/me/notice-preferences",
    operation_id="change_my_notice_preferences",
    summary="Choose what one wants to be told",
    description=getdoc(ChangePreferences),
    responses=refused_by(ChangePreferences),
)
async def change_own(
    body: PreferencesPatchRequest, version: IfMatch, *, caller: Caller, chosen: Preferences, tag: Tag
) -> PreferencesView:
    own = caller.person_id or NOBODY
    return tag(await chosen.change(body.change(own, version=version, by=caller.subject)))


@router.get(
    "/{member_id}/notice-preferences",
    operation_id="get_notice_preferences",
    summary="Show what a member wants to be told",
    description=getdoc(ShowPreferences),
    responses=refused_by(ShowPreferences),
)
async def show(member_id: UUID, only_of: OnlyOf, *, caller: Caller, chosen: Preferences, tag: Tag) -> PreferencesView:
    return tag(await chosen.show(Reading(member_id, only_of, caller.subject)))


@router.patch(
    "/{member_id}/notice-preferences",
    operation_id="change_notice_preferences",
    summary="Note what a member wants to be told",
    description=getdoc(ChangePreferences),
    responses=refused_by(ChangePreferences),
)
async def change(
    member_id: UUID,
    body: PreferencesPatchRequest,
    version: IfMatch,
    *,
    caller: Caller,
    chosen: Preferences,
    tag: Tag,
) -> PreferencesView:
    return tag(await chosen.change(body.change(member_id, version=version, by=caller.subject)))


@defaults.get(
    "/{category}",
    operation_id="get_notice_defaults",
    summary="Show what holds for members of a category who choose nothing",
    description=getdoc(ShowDefaults),
    responses=refused_by(ShowDefaults),
)
async def show_defaults(category: CategoryName, chosen: Preferences, tag: Tag) -> DefaultsView:
    return tag(await chosen.show_defaults(category))


@defaults.put(
    "/{category}",
    operation_id="put_notice_defaults",
    summary="Set what holds for members of a category who choose nothing",
    description=getdoc(PutDefaults),
    responses={201: {"description": "The first of this category."}, **refused_by(PutDefaults)},
)
async def put_defaults(
    category: CategoryName,
    body: DefaultsRequest,
    if_match: IfMatchUnlessNew,
    *,
    caller: Caller,
    chosen: Preferences,
    tag: Tag,
    response: Response,
) -> DefaultsView:
    command = DefaultsChange(category, body.preferences(), if_match.version, by=caller.subject)
    with if_match.needed_for_what_is_there():
        written = await chosen.put_defaults(command)
    response.status_code = 201 if written.version == 1 else 200
    return tag(written)


@defaults.post(
    "/{category}/apply",
    operation_id="apply_notice_defaults",
    summary="Let defaults hold for those who are members already",
    description=getdoc(ApplyDefaults),
    responses=refused_by(ApplyDefaults),
)
async def apply_defaults(category: CategoryName, body: ApplyRequest, chosen: Preferences) -> AppliedView:
    return await chosen.apply_defaults(category, dry_run=body.dry_run)
