"""How periodicals come out."""

from datetime import date
from itertools import islice, pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from books_service.domain.serials.issue import LONGEST_ISSUE_VOLUME
from books_service.domain.serials.pattern import (
    LARGEST_NUMBER,
    LONGEST_NUMBERING,
    Expected,
    Frequency,
    InvalidNumbering,
    InvalidPattern,
    NumberingRepeats,
    Pattern,
)

FIRST = date(2026, 1, 31)
REGULAR = [each for each in Frequency if each is not Frequency.IRREGULAR]


def printed(most: int, frequency: Frequency, starts: date = FIRST, **how: Any) -> list[str]:
    pattern = Pattern.of(frequency, starts=starts, **how)
    return [pattern.label(each) for each in islice(pattern.issues(starts), most)]


def days(most: int, frequency: Frequency, starts: date = FIRST, **how: Any) -> list[str]:
    pattern = Pattern.of(frequency, starts=starts, **how)
    return [str(each.on) for each in islice(pattern.issues(starts), most)]


def test_what_comes_by_the_month_comes_on_the_same_day_of_it_or_on_its_last_one() -> None:
    assert ["2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30"] == days(4, Frequency.MONTHLY)
    assert ["2026-01-31", "2026-04-30", "2026-07-31"] == days(3, Frequency.QUARTERLY)
    assert ["2028-02-29", "2029-02-28", "2030-02-28", "2031-02-28", "2032-02-29"] == days(
        5, Frequency.YEARLY, date(2028, 2, 29)
    )


@pytest.mark.parametrize(
    ("frequency", "second"),
    [
        (Frequency.DAILY, "2026-02-01"),
        (Frequency.WEEKLY, "2026-02-07"),
        (Frequency.FORTNIGHTLY, "2026-02-14"),
        (Frequency.EVERY_TWO_MONTHS, "2026-03-31"),
        (Frequency.HALF_YEARLY, "2026-07-31"),
    ],
)
def test_the_second_issue_follows_the_first_by_the_frequency(frequency: Frequency, second: str) -> None:
    assert ["2026-01-31", second] == days(2, frequency)


def test_of_an_irregular_periodical_nothing_is_expected() -> None:
    assert [] == days(1, Frequency.IRREGULAR)


def test_issues_are_numbered_by_the_day_the_month_or_the_year_unless_somebody_says_otherwise() -> None:
    assert ["2026-01-31", "2026-02-07"] == printed(2, Frequency.WEEKLY)
    assert ["2026/01", "2026/02"] == printed(2, Frequency.MONTHLY)
    assert ["2026", "2027"] == printed(2, Frequency.YEARLY)


def test_a_volume_ends_when_it_is_full() -> None:
    how: dict[str, Any] = {
        "numbering": "Vol. {volume} No. {number}",
        "first_volume": 12,
        "first_number": 3,
        "issues_per_volume": 4,
    }

    assert ["Vol. 12 No. 3", "Vol. 12 No. 4", "Vol. 13 No. 1"] == printed(3, Frequency.QUARTERLY, **how)


def test_a_volume_ends_with_the_year() -> None:
    how: dict[str, Any] = {"numbering": "{year}/{number:03}", "new_volume_each_year": True}

    assert ["2026/001", "2026/002", "2027/001"] == printed(3, Frequency.HALF_YEARLY, **how)


def test_what_is_left_out_does_not_count_in_the_numbering() -> None:
    starts, how = date(2026, 6, 1), {"numbering": "No. {number}", "omitted_months": [7, 8]}

    assert ["2026-06-01", "2026-09-01"] == days(2, Frequency.MONTHLY, starts, **how)
    assert ["No. 1", "No. 2"] == printed(2, Frequency.MONTHLY, starts, **how)


def test_a_daily_comes_out_neither_on_sundays_nor_on_holidays() -> None:
    found = days(5, Frequency.DAILY, date(2026, 12, 23), omitted_weekdays=[7], omitted_days=["12-25", "2026-12-26"])

    assert ["2026-12-23", "2026-12-24", "2026-12-28", "2026-12-29", "2026-12-30"] == found


def test_the_first_issue_is_not_due_on_a_day_that_is_left_out() -> None:
    assert ["2026-02-28"] == days(1, Frequency.MONTHLY, omitted_months=[1])


@pytest.mark.parametrize("numbering", ["Winter", "{week}", "{number", "{number:3}", "{}", "{number:12}"])
def test_a_numbering_that_cannot_be_read_is_refused(numbering: str) -> None:
    with pytest.raises(InvalidNumbering):
        printed(1, Frequency.MONTHLY, numbering=numbering)


@pytest.mark.parametrize(
    ("how", "repeated"),
    [
        ({"numbering": "{year}"}, "2026"),
        ({"numbering": "{month}"}, "01"),
        ({"numbering": "No. {number}", "issues_per_volume": 40}, "No. 1"),
        ({"numbering": "{number}", "new_volume_each_year": True}, "1"),
        ({"numbering": "{volume}", "issues_per_volume": 2}, "1"),
    ],
)
def test_a_numbering_that_tells_two_issues_by_one_number_is_refused(how: dict[str, Any], repeated: str) -> None:
    with pytest.raises(NumberingRepeats) as refused:
        printed(1, Frequency.MONTHLY, **how)

    assert {"volume": repeated} == refused.value.figures


def test_a_periodical_that_would_never_come_out_is_refused() -> None:
    with pytest.raises(InvalidPattern):
        days(1, Frequency.WEEKLY, date(2026, 1, 5), omitted_weekdays=[1])
    with pytest.raises(InvalidPattern):
        days(1, Frequency.YEARLY, date(2026, 1, 5), omitted_months=[1])


PATTERNS = st.fixed_dictionaries(
    {
        "omitted_months": st.lists(st.integers(1, 12), max_size=6),
        "omitted_weekdays": st.lists(st.integers(1, 7), max_size=3),
        "omitted_days": st.lists(st.sampled_from(["12-25", "12-26", "01-01", "2026-04-03"])),
        "issues_per_volume": st.none() | st.integers(1, 60),
        "new_volume_each_year": st.booleans(),
        "numbering": st.just("{volume}/{number}"),
    }
)


@settings(max_examples=25)  # each looks at a thousand issues
@given(st.sampled_from(REGULAR), st.dates(date(1900, 1, 1), date(2999, 12, 31)), PATTERNS)
def test_issues_follow_each_other_never_on_a_day_that_is_left_out_and_no_two_bear_one_number(
    frequency: Frequency, starts: date, how: dict[str, Any]
) -> None:
    try:
        pattern = Pattern.of(frequency, starts=starts, **how)
    except InvalidPattern:
        return
    issues = list(islice(pattern.issues(starts), 60))

    assert starts <= issues[0].on
    assert all(one.on < other.on for one, other in pairwise(issues))
    for each in issues:
        assert each.on.month not in how["omitted_months"]
        assert each.on.isoweekday() not in how["omitted_weekdays"]
        assert not {str(each.on), str(each.on)[5:]} & set(how["omitted_days"])
        assert how["issues_per_volume"] is None or each.number <= how["issues_per_volume"]
    assert 60 == len({pattern.label(each) for each in issues})


@settings(max_examples=25)  # each looks at a thousand issues
@given(st.sampled_from(REGULAR), st.dates(date(1900, 1, 1), date(2999, 12, 31)), PATTERNS, st.integers(0, 20))
def test_whoever_goes_on_behind_an_issue_finds_what_follows_it(
    frequency: Frequency, starts: date, how: dict[str, Any], place: int
) -> None:
    try:
        pattern = Pattern.of(frequency, starts=starts, **how)
    except InvalidPattern:
        return
    issues = list(islice(pattern.issues(starts), 30))

    assert issues[place + 1 :] == list(islice(pattern.issues_after(issues[place], starts), 29 - place))


PLACES = ["{year}", "{month}", "{day}", "{volume}", "{number}", "{number:09}", "{volume:03}", "No. "]


@given(
    numbering=st.lists(st.sampled_from(PLACES)).map("".join).filter(lambda text: len(text) <= LONGEST_NUMBERING),
    first=st.integers(1, LARGEST_NUMBER),
)
def test_no_issue_bears_more_than_a_copy_can_as_its_volume(numbering: str, first: int) -> None:
    pattern = Pattern(Frequency.DAILY, numbering, first_volume=first, first_number=first)

    in_a_thousand_years = Expected(date(3026, 12, 31), first + 1_000, first + 366_000)

    assert len(pattern.label(in_a_thousand_years)) <= LONGEST_ISSUE_VOLUME
