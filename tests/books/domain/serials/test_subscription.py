"""What a subscription expects, and when."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from books_service.domain.notation import volume_key
from books_service.domain.serials.pattern import Frequency, Pattern
from books_service.domain.serials.subscription import InvalidSubscription, IssueCopy, Subscription
from tests.books.makers import EMMA

TODAY = date(2026, 3, 2)


def a_subscription(
    frequency: Frequency = Frequency.MONTHLY, starts: date = date(2026, 1, 1), **facts: Any
) -> Subscription:
    return Subscription(EMMA, Pattern.of(frequency, starts=starts), starts, (IssueCopy("MAIN"),), **facts)


def begun(subscription: Subscription, today: date = TODAY) -> tuple[Subscription, list[str]]:
    after, found = subscription.begin(today=today)
    return after, [after.label(each) for each in found]


def test_everything_up_to_the_next_issue_is_expected_from_the_beginning() -> None:
    after, found = begun(a_subscription())

    assert ["2026/01", "2026/02", "2026/03", "2026/04"] == found
    assert date(2026, 4, 1) == after.looks_on
    assert () == after.expect(today=TODAY)


def test_a_later_day_expects_what_has_come_near_since() -> None:
    after, _ = begun(a_subscription())

    found = after.expect(today=date(2026, 5, 20))

    assert ["2026/05", "2026/06"] == [after.label(each) for each in found]


def test_nothing_is_expected_beyond_the_end() -> None:
    after, found = begun(a_subscription(ends=date(2026, 2, 28)))

    assert ["2026/01", "2026/02"] == found
    assert after.looks_on is None
    assert () == after.expect(today=date(2027, 1, 1))


def test_nothing_is_ever_expected_of_an_irregular_periodical() -> None:
    after, found = begun(a_subscription(Frequency.IRREGULAR))

    assert ([], None, ()) == (found, after.looks_on, after.reach(volume_key("2026-03-02")))


def test_an_issue_that_comes_early_lets_those_before_it_be_expected() -> None:
    after, _ = begun(a_subscription())

    found = after.reach(volume_key("2026/6"))

    assert ["2026/05", "2026/06"] == [after.label(each) for each in found]
    assert () == after.reach(volume_key("Special issue"))


def test_a_subscription_neither_ends_before_it_begins_nor_begins_long_ago() -> None:
    with pytest.raises(InvalidSubscription):
        a_subscription(ends=date(2025, 12, 31)).begin(today=TODAY)
    with pytest.raises(InvalidSubscription):
        a_subscription(Frequency.DAILY, TODAY - timedelta(days=501)).begin(today=TODAY)

    _, found = a_subscription(Frequency.DAILY, TODAY - timedelta(days=498)).begin(today=TODAY)

    assert 500 == len(found)


@settings(max_examples=25)  # each looks at a thousand issues
@given(
    st.sampled_from([each for each in Frequency if each is not Frequency.IRREGULAR]),
    st.integers(-200, 200),
    st.lists(st.integers(1, 50), max_size=5),
)
def test_however_often_somebody_looks_each_issue_is_expected_once_and_the_next_one_is(
    frequency: Frequency, distance: int, pauses: list[int]
) -> None:
    starts, today = TODAY + timedelta(days=distance), TODAY
    subscription, first = a_subscription(frequency, starts).begin(today=today)
    found = list(first)
    for pause in pauses:
        today += timedelta(days=pause)
        more = subscription.expect(today=today)
        subscription = subscription.after(more)
        found += more

    at_once = a_subscription(frequency, starts).expect(today=today)

    assert list(at_once) == found
    assert found[-1].on > today
