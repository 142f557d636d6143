import itertools

import pytest

from shared.outgoing_http.breaker import (
    ENOUGH_CALLS,
    IN_A_ROW,
    LONGEST_PAUSE,
    PROBES,
    WINDOW,
    Breaker,
    CallVerdict,
    RetryBudget,
    State,
)


class Setting:
    """A breaker whose time the test turns."""

    def __init__(self, *, jitter: float = 1.0) -> None:
        self.now = 1000.0
        self.states: list[State] = []
        self.breaker = Breaker(clock=lambda: self.now, jitter=lambda: jitter, on_change=self.states.append)

    def call(self, verdict: CallVerdict) -> bool:
        ticket = self.breaker.let_through()
        if ticket is None:
            return False
        self.breaker.report(ticket, verdict)
        return True

    def calls(self, verdict: CallVerdict, count: int) -> int:
        return sum(self.call(verdict) for _ in range(count))


@pytest.fixture
def setting() -> Setting:
    return Setting()


def test_a_breaker_starts_closed_and_says_so(setting: Setting) -> None:
    assert setting.states == [State.CLOSED]
    assert setting.call(CallVerdict.WELL)


def test_too_few_calls_tell_nothing(setting: Setting) -> None:
    setting.calls(CallVerdict.ILL, ENOUGH_CALLS - 1)

    assert setting.breaker.state is State.CLOSED


def test_half_of_the_calls_failing_opens_it(setting: Setting) -> None:
    for verdict in itertools.islice(itertools.cycle((CallVerdict.WELL, CallVerdict.ILL)), ENOUGH_CALLS - 1):
        setting.call(verdict)
    before = setting.breaker.state

    setting.call(CallVerdict.ILL)

    assert (before, setting.breaker.state) == (State.CLOSED, State.OPEN)
    assert not setting.call(CallVerdict.WELL)
    assert setting.breaker.seconds_closed_to_calls() == LONGEST_PAUSE


def test_some_failures_in_a_row_open_it_however_many_calls_went_well_before(setting: Setting) -> None:
    setting.calls(CallVerdict.WELL, 10 * IN_A_ROW)
    setting.calls(CallVerdict.ILL, IN_A_ROW - 1)
    before = setting.breaker.state

    setting.call(CallVerdict.ILL)

    assert (before, setting.breaker.state) == (State.CLOSED, State.OPEN)


def test_a_call_that_goes_well_ends_a_row_of_failures(setting: Setting) -> None:
    setting.calls(CallVerdict.WELL, 10 * IN_A_ROW)
    for _ in range(5):
        setting.calls(CallVerdict.ILL, IN_A_ROW - 1)
        setting.call(CallVerdict.WELL)

    assert setting.breaker.state is State.CLOSED


def test_old_calls_are_forgotten(setting: Setting) -> None:
    setting.calls(CallVerdict.ILL, ENOUGH_CALLS - 1)
    setting.now += WINDOW

    setting.call(CallVerdict.ILL)

    assert setting.breaker.state is State.CLOSED


def test_abandoned_calls_tell_nothing(setting: Setting) -> None:
    setting.calls(CallVerdict.UNKNOWN, 100)
    setting.calls(CallVerdict.ILL, ENOUGH_CALLS - 1)

    assert setting.breaker.state is State.CLOSED


def test_after_its_pause_a_few_calls_go_out_as_a_trial(setting: Setting) -> None:
    setting.calls(CallVerdict.ILL, ENOUGH_CALLS)
    setting.now += LONGEST_PAUSE

    tickets = [setting.breaker.let_through() for _ in range(PROBES + 3)]

    assert setting.breaker.state is State.HALF_OPEN
    assert [ticket is not None for ticket in tickets] == [True] * PROBES + [False] * 3


def test_it_closes_when_all_trial_calls_succeed(setting: Setting) -> None:
    setting.calls(CallVerdict.ILL, ENOUGH_CALLS)
    setting.now += LONGEST_PAUSE

    assert setting.calls(CallVerdict.WELL, PROBES) == PROBES

    assert setting.states == [State.CLOSED, State.OPEN, State.HALF_OPEN, State.CLOSED]
    setting.calls(CallVerdict.ILL, ENOUGH_CALLS - 1)
    assert setting.breaker.state is State.CLOSED


@pytest.mark.parametrize("verdict", [CallVerdict.ILL, CallVerdict.SILENT])
def test_however_often_its_trial_fails_it_looks_again_within_three_seconds(
    setting: Setting, verdict: CallVerdict
) -> None:
    setting.calls(CallVerdict.ILL, ENOUGH_CALLS)
    for _ in range(20):
        assert 0 < setting.breaker.seconds_closed_to_calls() <= 3
        setting.now += 3
        assert setting.call(CallVerdict.WELL)
        assert setting.call(verdict)

    assert setting.breaker.state is State.OPEN


def test_calls_without_an_answer_open_it_only_when_there_are_many_in_a_row(setting: Setting) -> None:
    for _ in range(5):
        setting.calls(CallVerdict.SILENT, IN_A_ROW - 1)
        setting.call(CallVerdict.WELL)
    before = setting.breaker.state

    setting.calls(CallVerdict.SILENT, IN_A_ROW)

    assert (before, setting.breaker.state) == (State.CLOSED, State.OPEN)


def test_an_abandoned_trial_call_gives_its_place_to_another(setting: Setting) -> None:
    setting.calls(CallVerdict.ILL, ENOUGH_CALLS)
    setting.now += LONGEST_PAUSE

    setting.calls(CallVerdict.UNKNOWN, 10)

    assert setting.calls(CallVerdict.WELL, PROBES) == PROBES
    assert setting.breaker.state is State.CLOSED


def test_late_results_of_calls_from_before_do_not_count(setting: Setting) -> None:
    early = [setting.breaker.let_through() for _ in range(3)]
    setting.calls(CallVerdict.ILL, ENOUGH_CALLS)
    setting.now += LONGEST_PAUSE
    probe = setting.breaker.let_through()
    assert probe is not None

    for ticket in early:
        assert ticket is not None
        setting.breaker.report(ticket, CallVerdict.ILL)

    assert setting.breaker.state is State.HALF_OPEN


def test_jitter_shortens_the_pause_by_half_at_most() -> None:
    shortest, longest = Setting(jitter=0.0), Setting(jitter=1.0)

    for setting in (shortest, longest):
        setting.calls(CallVerdict.ILL, ENOUGH_CALLS)

    assert shortest.breaker.seconds_closed_to_calls() == 0.5 * LONGEST_PAUSE
    assert longest.breaker.seconds_closed_to_calls() == LONGEST_PAUSE


def test_a_retry_budget_lets_a_tenth_of_the_calls_be_repeated() -> None:
    budget = RetryBudget()
    while budget.spend():
        pass

    repeated = 0
    for _ in range(1000):
        budget.earn()
        repeated += budget.spend()

    assert repeated == pytest.approx(100, abs=1)


def test_a_retry_budget_does_not_grow_without_end() -> None:
    budget = RetryBudget()
    for _ in range(10_000):
        budget.earn()

    assert sum(itertools.takewhile(bool, (budget.spend() for _ in range(100)))) == 10
