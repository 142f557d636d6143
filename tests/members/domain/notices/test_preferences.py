"""What somebody wants to be told."""

from datetime import UTC, datetime, timedelta

import pytest

from members_service.domain.notices.kinds import NoticeKind
from members_service.domain.notices.message import Way
from members_service.domain.notices.preferences import (
    CategoryDefaults,
    NoticeNotOptional,
    NoticePreferences,
    defaults_for,
)
from members_service.domain.notices.template import languages_to_try

NOW = datetime(2026, 11, 30, 10, tzinfo=UTC)
BY_PUSH = NoticePreferences((Way.PUSH,))


def test_a_courtesy_can_be_declined_or_have_ways_of_its_own() -> None:
    chosen = NoticePreferences((Way.MAIL,), {NoticeKind.DUE_SOON: False, NoticeKind.HOLD_PLACED: (Way.PUSH,)})
    assert chosen.ways_for(NoticeKind.DUE_SOON) is None
    assert chosen.ways_for(NoticeKind.HOLD_PLACED) == (Way.PUSH,)
    assert chosen.ways_for(NoticeKind.OVERDUE) == (Way.MAIL,)
    assert NoticePreferences.of(chosen.figures()) == chosen


def test_who_chooses_no_ways_has_those_of_the_library() -> None:
    assert NoticePreferences().ways_for(NoticeKind.OVERDUE, usual=(Way.LETTER,)) == (Way.LETTER,)


@pytest.mark.parametrize("kind", [NoticeKind.OVERDUE, NoticeKind.RECOVERY])
def test_what_one_has_to_know_cannot_be_declined_notice_not_optional(kind: NoticeKind) -> None:
    with pytest.raises(NoticeNotOptional):
        NoticePreferences(kinds={kind: False})
    with pytest.raises(NoticeNotOptional):
        NoticePreferences().with_kinds({kind: None})
    assert NoticePreferences().without([kind]) == NoticePreferences()


def test_true_and_nothing_bring_a_kind_back() -> None:
    declined = NoticePreferences(kinds={NoticeKind.DUE_SOON: False, NoticeKind.DUE_TODAY: False})
    assert declined.with_kinds({NoticeKind.DUE_SOON: True, NoticeKind.DUE_TODAY: None}).kinds == {}


def test_new_defaults_hold_for_new_members_and_for_others_only_once_they_are_applied() -> None:
    first = CategoryDefaults("adult", 1, NoticePreferences((Way.LETTER,)), NOW)
    second = CategoryDefaults("adult", 2, BY_PUSH, NOW + timedelta(days=10))
    old, newer, newest = (NOW + timedelta(days=days) for days in (-1, 1, 11))
    assert defaults_for("adult", old, [first, second]) == NoticePreferences()
    assert defaults_for("adult", newer, [first, second]) == first.preferences
    assert defaults_for("adult", newest, [first, second]) == BY_PUSH
    applied = CategoryDefaults("adult", 2, BY_PUSH, second.made_at, NOW + timedelta(days=12))
    assert defaults_for("adult", old, [first, applied]) == BY_PUSH
    assert defaults_for("child", old, [first, applied]) == NoticePreferences()


def test_a_language_is_looked_for_without_its_region_then_that_of_the_library_then_english() -> None:
    assert languages_to_try("pt-BR", default="de-CH") == ("pt-BR", "pt", "de-CH", "de", "en")
    assert languages_to_try(None, default="en") == ("en",)
