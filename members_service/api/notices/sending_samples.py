"""Samples of what is sent, and what became of it."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from members_service.api.notices.sending import BounceRequest, SettingsRequest
from members_service.application.notices.note_bounce import BounceKind
from members_service.application.notices.views import (
    BouncedAddress,
    BounceView,
    ForecastRow,
    ForecastView,
    MessageView,
    NoticeView,
    SettingsVersionView,
    SettingsView,
)
from members_service.domain.notices.kinds import NoticeGroup, NoticeKind
from members_service.domain.notices.message import MessageState, Way
from members_service.domain.notices.notice import NoticeState
from members_service.domain.notices.notice_settings import Mode, NoticeSettings

_ADA, _HOLD = UUID("0193c2f4-7a10-7c3e-9d5a-1b2c3d4e5f60"), UUID("01a20e28-2b5c-7a10-9c3e-5d1f0a7b4c21")
_MESSAGE, _NOTICE = UUID("01a20f31-52c6-7b5c-9f13-a4d2e6082c77"), UUID("01a20f31-52c6-7b5c-9f13-a4d2e6082c78")
_AT = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)

A_MESSAGE = MessageView(
    _MESSAGE,
    _ADA,
    (NoticeKind.HOLD_READY,),
    Way.MAIL,
    "en",
    "MAIN",
    MessageState.HANDED_OVER,
    None,
    _AT,
    1,
    "Ready for you at Main library",
    "Dear Ada, …",
)
A_NOTICE = NoticeView(_NOTICE, _ADA, NoticeKind.HOLD_READY, _HOLD, 0, "MAIN", _AT, NoticeState.BUNDLED, None, _MESSAGE)

SAMPLES = (
    SettingsRequest(mode=Mode.SHADOW, windows={NoticeGroup.HOLDS: 15}, library_name="Library of the town"),
    SettingsView.of(NoticeSettings(mode=Mode.SHADOW, library_name="Library of the town", version=3)),
    SettingsVersionView(3, Mode.ON, {NoticeKind.OVERDUE: Mode.OFF}, _AT, _AT + timedelta(seconds=3)),
    A_MESSAGE,
    A_NOTICE,
    ForecastView(_AT, (ForecastRow(NoticeKind.OVERDUE, "MAIN", Way.MAIL, 42),)),
    BounceRequest(kind=BounceKind.HARD, message_id=_MESSAGE, status="5.1.1"),
    BounceView(_MESSAGE, suppressed=True, goes_another_way=True),
    BouncedAddress("ada@library.example", "bounced", "5.1.1", _AT, ("Ada Lovelace",), (_ADA,)),
)
