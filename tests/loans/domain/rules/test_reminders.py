from datetime import timedelta

import pytest

from loans_service.domain.rules.reminders import (
    LATE,
    Reminder,
    next_reminder,
    reminder_doubts,
    reminder_due,
    reminder_fee,
    reminder_lead,
    renews_itself_from,
)
from tests.loans.makers import NOW, euros

SECOND, DAY = timedelta(seconds=1), timedelta(days=1)
THREE_WEEKS, TOO_SHORT = 21 * DAY, 2 * DAY


@pytest.mark.parametrize(
    ("late", "length", "told"),
    [
        (-3 * DAY - SECOND, THREE_WEEKS, (0, 0)),
        (-3 * DAY, THREE_WEEKS, (1, 0)),
        (timedelta(), THREE_WEEKS, (1, 0)),
        (SECOND, THREE_WEEKS, (2, 1)),
        (7 * DAY, THREE_WEEKS, (2, 1)),
        (7 * DAY + SECOND, THREE_WEEKS, (3, 2)),
        (21 * DAY + SECOND, THREE_WEEKS, (4, 3)),
        (-DAY - SECOND, 3 * DAY, (0, 0)),
        (-DAY, 3 * DAY, (1, 0)),
        (timedelta(), TOO_SHORT, (0, 0)),
        (SECOND, TOO_SHORT, (2, 1)),
    ],
)
def test_a_reminder_is_due_at_its_moment_and_lateness_begins_after_the_due_date(
    late: timedelta, length: timedelta, told: tuple[int, int]
) -> None:
    assert told == reminder_due(NOW + late, due_at=NOW, length=length)


@pytest.mark.parametrize(
    ("told", "length", "next_one"),
    [
        (0, THREE_WEEKS, -3 * DAY),
        (0, TOO_SHORT, timedelta()),
        (1, THREE_WEEKS, timedelta()),
        (2, THREE_WEEKS, 7 * DAY),
        (3, THREE_WEEKS, 21 * DAY),
        (4, THREE_WEEKS, None),
    ],
)
def test_after_each_reminder_the_next_one_is_known_until_all_is_told(
    told: int, length: timedelta, next_one: timedelta | None
) -> None:
    assert (None if next_one is None else NOW + next_one) == next_reminder(told, due_at=NOW, length=length)


@pytest.mark.parametrize(
    ("length", "before_its_end"),
    [(THREE_WEEKS, 3 * DAY), (3 * DAY, DAY), (TOO_SHORT, DAY), (timedelta(hours=4), timedelta(hours=2))],
)
def test_a_loan_renews_itself_when_it_would_be_told_to_be_due_soon_or_in_its_second_half(
    length: timedelta, before_its_end: timedelta
) -> None:
    assert NOW + length - before_its_end == renews_itself_from(checked_out_at=NOW, due_at=NOW + length)


def written(*moments: str) -> tuple[Reminder, ...]:
    return tuple(map(Reminder.written, moments))


@pytest.mark.parametrize("length", [timedelta(hours=4), TOO_SHORT, 3 * DAY, 6 * DAY, 6 * DAY + SECOND, THREE_WEEKS])
def test_a_rule_that_names_the_usual_reminders_reminds_as_one_that_names_none(length: timedelta) -> None:
    lead = "-3d" if length > 6 * DAY else "-1d"
    named = written(lead, "0d", "7d", "21d")

    for hours in range(-24 * 4, 24 * 23):
        for now in (NOW + timedelta(hours=hours), NOW + timedelta(hours=hours, seconds=1)):
            usual = reminder_due(now, due_at=NOW, length=length)
            assert usual == reminder_due(now, due_at=NOW, length=length, reminders=named)
    for last in range(5):
        usual_next = next_reminder(last, due_at=NOW, length=length)
        assert usual_next == next_reminder(last, due_at=NOW, length=length, reminders=named)
    assert reminder_lead(length) == reminder_lead(length, named)


def test_a_rule_may_name_any_number_of_reminders_and_a_short_loan_has_those_of_its_second_half() -> None:
    named = written("-7d", "-2d", "-3h", "2h", "1d")

    def moments(length: timedelta) -> list[timedelta]:
        found, last = [], 0
        while (at := next_reminder(last, due_at=NOW, length=length, reminders=named)) is not None:
            last, _ = reminder_due(at + SECOND, due_at=NOW, length=length, reminders=named)
            found.append(at - NOW)
        return found

    late = [timedelta(hours=2), DAY]
    assert [-7 * DAY, -2 * DAY, timedelta(hours=-3), *late] == moments(THREE_WEEKS)
    assert [-2 * DAY, timedelta(hours=-3), *late] == moments(14 * DAY)
    assert [timedelta(hours=-3), *late] == moments(4 * DAY)
    assert late == moments(timedelta(hours=6))


def test_a_stage_of_lateness_is_reached_with_each_reminder_of_it() -> None:
    named = written("-7d", "-2d", "1d", "3d")

    due = [
        reminder_due(NOW + after, due_at=NOW, length=THREE_WEEKS, reminders=named)
        for after in (-8 * DAY, -7 * DAY, -2 * DAY, DAY, DAY + SECOND, 3 * DAY + SECOND)
    ]

    assert [(0, 0), (1, 0), (2, 0), (2, 0), (3, 1), (4, 2)] == due


def test_a_rule_without_reminders_reminds_never_and_its_loans_renew_themselves_on_their_last_day() -> None:
    late = NOW + 99 * DAY

    assert (0, 0) == reminder_due(late, due_at=NOW, length=THREE_WEEKS, reminders=())
    assert None is next_reminder(0, due_at=NOW, length=THREE_WEEKS, reminders=())
    assert NOW + 20 * DAY == renews_itself_from(checked_out_at=NOW, due_at=NOW + THREE_WEEKS, reminders=())


def test_a_loan_renews_itself_when_the_first_of_its_own_reminders_would_announce_it() -> None:
    named = written("-10d", "-2d", "0d")

    assert NOW + 11 * DAY == renews_itself_from(checked_out_at=NOW, due_at=NOW + THREE_WEEKS, reminders=named)
    assert NOW + 12 * DAY == renews_itself_from(checked_out_at=NOW, due_at=NOW + 14 * DAY, reminders=named)


def test_a_reminder_costs_its_own_fee() -> None:
    named = (Reminder(-2 * DAY), Reminder(DAY, euros(1)), Reminder(3 * DAY, euros(0)))

    fees = [reminder_fee(number, length=THREE_WEEKS, reminders=named) for number in (1, 2, 3)]

    assert [None, euros(1), None] == fees
    assert [None] * 4 == [reminder_fee(number, length=THREE_WEEKS, reminders=None) for number in (1, 2, 3, 4)]


@pytest.mark.parametrize("moment", ["-3d", "0d", "7d", "-36h", "5h", "-9999d"])
def test_a_moment_is_written_as_it_is_read(moment: str) -> None:
    assert moment == Reminder.written(moment).at


def test_a_reminder_becomes_a_document_and_back() -> None:
    plain, charged = Reminder(-3 * DAY), Reminder(LATE[1], euros(150))

    assert [{"at": "-3d"}, {"at": "7d", "fee": {"amount": 150, "currency": "EUR"}}] == [
        plain.figures(), charged.figures(),
    ]  # fmt: skip
    assert [plain, charged] == [Reminder.of(each.figures()) for each in (plain, charged)]


@pytest.mark.parametrize("moment", ["3", "d", "3w", "--3d", "3d ", "99999d", "1.5d"])
def test_what_is_no_number_of_days_or_hours_is_no_moment(moment: str) -> None:
    with pytest.raises(ValueError, match="not a number of days or hours"):
        Reminder.written(moment)


ORDER = "Reminders stand in the order of their moments, each at another one."


@pytest.mark.parametrize(
    ("reminders", "doubts"),
    [
        (written("-3d", "0d", "7d"), []),
        (written("0d", "-3d"), [(".1.at", ORDER)]),
        (written("1d", "24h"), [(".1.at", ORDER)]),
        (written("-3650d", "3650d"), []),
        (written("-3651d"), [(".0.at", "A reminder comes at most ten years before or after the due date.")]),
        (written("3651d"), [(".0.at", "A reminder comes at most ten years before or after the due date.")]),
        ((Reminder(-DAY, euros(1)),), [(".0.fee", "Nothing is charged for a reminder before the loan is late.")]),
        ((Reminder(timedelta(), euros(1)),), []),
        (tuple(Reminder(number * DAY) for number in range(12)), []),
        (tuple(Reminder(number * DAY) for number in range(13)), [("", "A rule has at most 12 reminders.")]),
    ],
)
def test_reminders_that_will_not_do_are_named_by_their_places(
    reminders: tuple[Reminder, ...], doubts: list[tuple[str, str]]
) -> None:
    assert doubts == list(reminder_doubts(reminders))
