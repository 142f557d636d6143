"""Routes for what is sent, when and whether at all."""

import re
from datetime import time, timedelta
from email.utils import parseaddr
from inspect import getdoc
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import AfterValidator, Field, field_validator

from members_service.api.membership.member_requests import BranchCode, LanguageTag
from members_service.api.notices.sending_dependencies import NoticeSending
from members_service.application.notices.change_settings import (
    ListSettingsVersions,
    PutSettings,
    SettingsChange,
    ShowSettings,
)
from members_service.application.notices.note_bounce import Bounce, BounceKind, NoteBounce
from members_service.application.notices.queries import MessageFilter, NoticeFilter
from members_service.application.notices.repeat_message import RepeatMessage
from members_service.application.notices.show_messages import ListMessages, ListNotices, ShowForecast
from members_service.application.notices.views import (
    BounceView,
    ForecastView,
    MessageView,
    NoticeView,
    SettingsVersionView,
    SettingsView,
)
from members_service.domain.notices.kinds import NoticeGroup, NoticeKind
from members_service.domain.notices.letters import Window
from members_service.domain.notices.message import MessageState, Way
from members_service.domain.notices.notice import NoticeState
from members_service.domain.notices.notice_settings import Mode, NoticeSettings, QuietHours
from shared.web.auth import NOBODY, Caller, OnlyOf
from shared.web.cursors import Listing, Page
from shared.web.etags import IfMatchUnlessNew, Tag
from shared.web.idempotency import Once
from shared.web.json.strict_json import StrictJsonBody, StrictRoute, paragraph
from shared.web.problems import refused_by

settings = APIRouter(prefix="/v1/notice-settings", route_class=StrictRoute, tags=["notices"])
messages = APIRouter(prefix="/v1/messages", route_class=StrictRoute, tags=["notices"])
own_messages = APIRouter(prefix="/v1/members/me/messages", route_class=StrictRoute, tags=["notices"])
notices = APIRouter(prefix="/v1/notices", route_class=StrictRoute, tags=["notices"])
bounces = APIRouter(prefix="/v1/bounces", route_class=StrictRoute, tags=["notices"])

_CLOCK = re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]")
_LONGEST_WINDOW = 7 * 24 * 60  # minutes


def _mail_address(text: str) -> str:
    local_part, _, domain = parseaddr(text)[1].rpartition("@")
    if not local_part or "." not in domain or any(mark in text for mark in "\r\n"):
        raise ValueError("it must be a mail address, with or without a name")
    return text


Sender = Annotated[
    str, Field(max_length=254, examples=["Library <notices@town.example>"]), AfterValidator(_mail_address)
]
Clock = Annotated[str, Field(pattern=f"^{_CLOCK.pattern}$", examples=["08:00"])]
Minutes = Annotated[int, Field(ge=0, le=_LONGEST_WINDOW)]


class QuietHoursRequest(StrictJsonBody):
    """From when until when no telephone rings; it may span midnight."""

    begin: Clock = Field(examples=["21:00"])
    end: Clock = Field(examples=["07:00"])

    def hours(self) -> QuietHours:
        """Return the hours."""
        return QuietHours(time.fromisoformat(self.begin), time.fromisoformat(self.end))


class SettingsRequest(StrictJsonBody):
    """How the library sends notices; what is left out is as it came."""

    mode: Mode
    kinds: dict[NoticeKind, Mode] = Field(default_factory=dict, description="Kinds that are more careful.")
    windows: dict[NoticeGroup, Minutes] = Field(
        default_factory=dict, description="Minutes for which a group waits for more of the same."
    )
    daily_at: Clock = Field("08:00", description="When the daily ones go out, in the zone of the library.")
    quiet_hours: QuietHoursRequest | None = Field(None, description="For short messages.")
    sender: Sender | None = Field(None, description="Without it, that of MEMBERS_MAIL_FROM.")
    reply_to: Sender | None = None
    senders: dict[BranchCode, Sender] = Field(default_factory=dict, description="Branches with a sender of their own.")
    ways: Annotated[list[Way], Field(min_length=1, max_length=len(Way))] = Field(
        default_factory=lambda: [Way.MAIL, Way.LETTER], description="Tried in this order, for who chose no other."
    )
    guardians_until: Annotated[int, Field(ge=0, le=30)] = Field(18, description="Before that age, guardians are told.")
    library_name: Annotated[str, paragraph(100)] = "Library"
    public_url: Annotated[str, Field(pattern=r"^https?://[^\s/?#]+(/[^\s?#]*)?$", max_length=200)] | None = None
    default_language: LanguageTag = "en"
    window: Window = Field(Window.DIN_5008_B, description="Where the address of letters is.")
    titles_in_subjects: Annotated[
        bool, Field(description="Whether own subjects may name titles, which others read.")
    ] = False

    @field_validator("ways")
    @classmethod
    def _each_once(cls, ways: list[Way]) -> list[Way]:
        return list(dict.fromkeys(ways))

    def settings(self) -> NoticeSettings:
        """Return the settings."""
        quiet = self.quiet_hours
        return NoticeSettings(
            mode=self.mode,
            kinds=self.kinds,
            windows={group: timedelta(minutes=minutes) for group, minutes in self.windows.items()},
            daily_at=time.fromisoformat(self.daily_at),
            quiet_hours=None if quiet is None else quiet.hours(),
            sender=self.sender,
            reply_to=self.reply_to,
            senders=self.senders,
            ways=tuple(way.value for way in self.ways),
            guardians_until=self.guardians_until,
            library_name=self.library_name,
            public_url=self.public_url,
            default_language=self.default_language,
            window=self.window.value,
            titles_in_subjects=self.titles_in_subjects,
        )


class BounceRequest(StrictJsonBody):
    """What came back: the message, or the address that it went to."""

    kind: BounceKind
    message_id: UUID | None = None
    address: Annotated[str, Field(max_length=254), AfterValidator(_mail_address)] | None = None
    status: Annotated[str, Field(pattern=r"^[245]\.\d{1,3}\.\d{1,3}$", examples=["5.1.1"])] | None = None


@settings.get(
    "",
    operation_id="get_notice_settings",
    summary="Show how the library sends notices",
    description=getdoc(ShowSettings),
)
async def show_settings(sending: NoticeSending, tag: Tag) -> SettingsView:
    return tag(await sending.show_settings())


@settings.put(
    "",
    operation_id="put_notice_settings",
    summary="Set how the library sends notices",
    description=getdoc(PutSettings),
    responses=refused_by(PutSettings),
)
async def put_settings(
    body: SettingsRequest, if_match: IfMatchUnlessNew, *, caller: Caller, sending: NoticeSending, tag: Tag
) -> SettingsView:
    command = SettingsChange(body.settings(), if_match.version, by=caller.subject)
    with if_match.needed_for_what_is_there():
        return tag(await sending.put_settings(command))


@settings.get(
    "/versions",
    operation_id="list_notice_settings_versions",
    summary="List how the library sent notices, the newest first",
    description=getdoc(ListSettingsVersions),
)
async def show_versions(page: Page, sending: NoticeSending) -> Listing[SettingsVersionView]:
    position = page.after(tuple[int])
    found = await sending.list_versions(limit=page.limit + 1, before=position[0] if position else None)
    return page.listing(found, lambda last: (last.version,))


@messages.get(
    "",
    operation_id="list_messages",
    summary="List messages to members, newest first",
    description=getdoc(ListMessages),
)
async def list_messages(
    page: Page,
    *,
    state: Annotated[list[MessageState] | None, Query(description="May be given more than once.")] = None,
    kind: Annotated[
        NoticeKind | None, Query(description="Messages that say, among others, something of this kind.")
    ] = None,
    member_id: Annotated[UUID | None, Query(description="Whom they went to.")] = None,
    caller: Caller,
    sending: NoticeSending,
) -> Listing[MessageView]:
    wanted = MessageFilter(tuple(state or ()), kind, member_id)
    found = await sending.list_messages(wanted, limit=page.limit + 1, before=page.after_id(), by=caller.subject)
    return page.listing(found, lambda last: (last.message_id,))


@own_messages.get(
    "",
    operation_id="list_my_messages",
    summary="List the messages that one got, newest first",
    description=getdoc(ListMessages),
)
async def list_own(page: Page, *, only_of: OnlyOf, sending: NoticeSending) -> Listing[MessageView]:
    wanted = MessageFilter(member_id=only_of or NOBODY)
    found = await sending.list_messages(wanted, limit=page.limit + 1, before=page.after_id())
    return page.listing(found, lambda last: (last.message_id,))


@messages.post(
    "/{message_id}/repeat",
    status_code=201,
    operation_id="repeat_message",
    summary="Send a message once more",
    description=getdoc(RepeatMessage),
    responses=refused_by(RepeatMessage),
)
async def repeat(message_id: UUID, *, sending: NoticeSending, once: Once) -> MessageView:
    return await once(MessageView, sending.repeat, message_id)


@notices.get(
    "",
    operation_id="list_notices",
    summary="List notices, newest first, and what became of each",
    description=getdoc(ListNotices),
)
async def list_notices(
    page: Page,
    *,
    member_id: Annotated[UUID | None, Query(description="Whom they are about.")] = None,
    subject_id: Annotated[UUID | None, Query(description="The loan, hold or charge that they are about.")] = None,
    state: Annotated[NoticeState | None, Query(description="Such as `unreachable`.")] = None,
    sending: NoticeSending,
) -> Listing[NoticeView]:
    wanted = NoticeFilter(member_id, subject_id, state)
    found = await sending.list_notices(wanted, limit=page.limit + 1, before=page.after_id())
    return page.listing(found, lambda last: (last.notice_id,))


@notices.get(
    "/forecast",
    operation_id="forecast_notices",
    summary="Count what would go out in the next days",
    description=getdoc(ShowForecast),
)
async def forecast(
    sending: NoticeSending, days: Annotated[int, Query(ge=0, le=31, description="How far to look ahead.")] = 1
) -> ForecastView:
    return await sending.forecast(days=days)


@bounces.post(
    "",
    operation_id="note_bounce",
    summary="Note that a mail came back",
    description=getdoc(NoteBounce),
    responses=refused_by(NoteBounce),
)
async def note_bounce(body: BounceRequest, *, sending: NoticeSending, once: Once) -> BounceView:
    return await once(BounceView, sending.note_bounce, Bounce(body.kind, body.message_id, body.address, body.status))
