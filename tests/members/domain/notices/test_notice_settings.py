"""How the library sends notices."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from members_service.domain.notices.kinds import NoticeGroup, NoticeKind
from members_service.domain.notices.notice_settings import (
    SILENT,
    Mode,
    NoticeDefaults,
    NoticeSettings,
    QuietHours,
    figures_in_shadow,
)
from tests.members.makers import NOW, UTC_ZONE

_BERLIN = ZoneInfo("Europe/Berlin")


def test_a_kind_is_never_less_careful_than_the_whole() -> None:
    settings = NoticeSettings(mode=Mode.SHADOW, kinds={NoticeKind.OVERDUE: Mode.ON, NoticeKind.RECEIPT: Mode.OFF})

    assert Mode.SHADOW is settings.mode_of(NoticeKind.OVERDUE)
    assert Mode.OFF is settings.mode_of(NoticeKind.RECEIPT)
    assert Mode.SHADOW is settings.mode_of(NoticeKind.LOST)


def test_daily_kinds_go_out_at_the_hour_of_the_library_and_others_after_their_window() -> None:
    settings = NoticeSettings(windows={NoticeGroup.RECEIPTS: timedelta(minutes=3)})

    assert datetime(2026, 3, 3, 8, tzinfo=UTC) == settings.due_at(NoticeKind.OVERDUE, NOW, UTC_ZONE)
    assert NOW + timedelta(minutes=15) == settings.due_at(NoticeKind.HOLD_READY, NOW, UTC_ZONE)
    assert NOW + timedelta(minutes=3) == settings.due_at(NoticeKind.RECEIPT, NOW, UTC_ZONE)


def test_switching_on_sends_nothing_that_was_due_more_than_a_day_before() -> None:
    settings = NoticeSettings(mode=Mode.ON, on_since=NOW)

    assert settings.is_stale(NOW - timedelta(hours=25))
    assert not settings.is_stale(NOW - timedelta(hours=23))


def test_quiet_hours_may_span_midnight() -> None:
    quiet = QuietHours(time(21), time(7))
    evening = datetime(2026, 3, 28, 23, tzinfo=_BERLIN)

    assert datetime(2026, 3, 29, 7, tzinfo=_BERLIN) == quiet.end_of(evening)
    assert datetime(2026, 3, 28, 7, tzinfo=_BERLIN) == quiet.end_of(datetime(2026, 3, 28, 1, tzinfo=_BERLIN))
    assert quiet.end_of(datetime(2026, 3, 28, 7, tzinfo=_BERLIN)) is None


def test_a_document_is_read_as_it_was_written() -> None:
    settings = NoticeSettings(
        mode=Mode.ON,
        kinds={NoticeKind.RECEIPT: Mode.OFF},
        windows={NoticeGroup.HOLDS: timedelta(minutes=5)},
        quiet_hours=QuietHours(time(21), time(7)),
        sender="library@library.example",
        on_since=NOW,
        version=4,
    )

    assert settings == NoticeSettings.of(settings.figures(), version=4)


def test_settings_that_follow_others_are_one_version_more_and_know_since_when_notices_go_out() -> None:
    off, on = NoticeSettings(version=3), NoticeSettings(mode=Mode.ON, on_since=NOW, version=4, noted_since=NOW)
    later = NOW + timedelta(hours=1)

    first = NoticeSettings(mode=Mode.ON).after(off, later)
    again = NoticeSettings(mode=Mode.ON, library_name="Town").after(on, later)
    back = NoticeSettings(mode=Mode.SHADOW).after(on, later)

    assert (4, later, None) == (first.version, first.on_since, first.noted_since)
    assert (5, NOW, NOW, "Town") == (again.version, again.on_since, again.noted_since, again.library_name)
    assert (5, None, NOW) == (back.version, back.on_since, back.noted_since), "what is in shadow is noted as well"


def test_what_is_noted_anew_has_a_gap() -> None:
    few = NoticeSettings(mode=Mode.ON, kinds={NoticeKind.RECEIPT: Mode.OFF}, noted_since=NOW)

    assert NoticeSettings(mode=Mode.ON).after(few, NOW).noted_since is None
    assert NOW == few.after(NoticeSettings(mode=Mode.ON, noted_since=NOW), NOW).noted_since


def test_mail_leaves_where_it_is_a_way_and_the_kind_is_on() -> None:
    on = NoticeSettings(mode=Mode.ON, kinds={NoticeKind.RECEIPT: Mode.SHADOW})

    assert [True, False] == [on.mails(kind) for kind in (NoticeKind.OVERDUE, NoticeKind.RECEIPT)]
    assert not NoticeSettings(mode=Mode.ON, ways=("letter",)).mails(NoticeKind.OVERDUE)
    assert not NoticeSettings(mode=Mode.SHADOW).mails(NoticeKind.OVERDUE)


def test_settings_that_are_brought_elsewhere_hand_nothing_over_there() -> None:
    on, off = (NoticeSettings(mode=mode, on_since=NOW).figures() for mode in (Mode.ON, Mode.OFF))

    assert on | {"mode": "shadow", "on_since": None} == figures_in_shadow(on)
    assert off | {"on_since": None} == figures_in_shadow(off)


def test_what_came_with_the_service_says_whether_notices_go_out() -> None:
    assert NoticeSettings(mode=Mode.ON) == NoticeDefaults(mode=Mode.ON).settings()
    assert NoticeSettings() == SILENT.settings()
