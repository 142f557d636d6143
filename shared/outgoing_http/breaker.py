"""A circuit breaker: a neighbour that fails too often gets no calls for a while, and callers a refusal at once."""

import random
import time
from collections import deque
from collections.abc import Callable
from enum import Enum, IntEnum

WINDOW = 10.0  # seconds over which calls are judged
ENOUGH_CALLS = 10  # fewer calls than this prove nothing
IN_A_ROW = 20  # so many silent calls without a success between them prove enough
FAILING_SHARE = 0.5
LONGEST_PAUSE = 3.0  # seconds until a trial; half of it at least
PROBES = 2  # calls that must succeed before traffic flows again
_RETRIES_PER_CALL, _MOST_RETRIES = 0.1, 10.0


class State(IntEnum):
    """Closed: calls go out. Half-open: a few go out as a trial. Open: none does."""

    CLOSED = 0
    HALF_OPEN = 1
    OPEN = 2


class CallVerdict(Enum):
    """What the outcome of a call says about the health of the neighbour; UNKNOWN when it was abandoned.

    SILENT is a call that had no answer for long, which on a busy machine happens to healthy neighbours, too.
    """

    WELL = "well"
    ILL = "ill"
    SILENT = "silent"
    UNKNOWN = "unknown"


class Breaker:
    """The breaker of one neighbour. Call `let_through` before a call and `report` after it, once, with its ticket.

    It opens when half of the calls fail, or when many in a row get no answer. A neighbour that answers some of them
    late is slow, not down.

    `clock` counts seconds; `on_change` is called with each new state.
    """

    def __init__(
        self,
        *,
        clock: Callable[[], float] = time.monotonic,
        jitter: Callable[[], float] = random.random,
        on_change: Callable[[State], None] = lambda _: None,
    ) -> None:
        self._clock = clock
        self._jitter = jitter
        self._on_change = on_change
        self._calls: deque[tuple[float, bool]] = deque()
        self._failures = 0
        self._in_a_row = 0
        self._opens_again = 0.0
        self._probing = 0
        self._passed = 0
        self._round = 0
        self.state = State.CLOSED
        on_change(self.state)

    def let_through(self) -> int | None:
        """Return a ticket for a call, or None when no call may go out now."""
        if self.state is State.OPEN and self._clock() >= self._opens_again:
            self._become(State.HALF_OPEN)
        if self.state is State.OPEN:
            return None
        if self.state is State.HALF_OPEN:
            if self._probing + self._passed >= PROBES:
                return None
            self._probing += 1
        return self._round

    def seconds_closed_to_calls(self) -> float:
        """Return for how many seconds no call may go out; 0 when one may now."""
        return max(0.0, self._opens_again - self._clock()) if self.state is State.OPEN else 0.0

    def report(self, ticket: int, verdict: CallVerdict) -> None:
        """Record the outcome of the call with this ticket. Calls that began in an earlier state do not count."""
        if ticket != self._round:
            return
        if self.state is State.HALF_OPEN:
            self._probing -= 1
            if verdict in {CallVerdict.ILL, CallVerdict.SILENT}:
                self._open()
            elif verdict is CallVerdict.WELL:
                self._passed += 1
                if self._passed >= PROBES:
                    self._become(State.CLOSED)
        elif verdict is not CallVerdict.UNKNOWN:
            self._note(verdict)

    def _note(self, verdict: CallVerdict) -> None:
        now, failed = self._clock(), verdict is CallVerdict.ILL
        self._calls.append((now, failed))
        self._failures += failed
        self._in_a_row = 0 if verdict is CallVerdict.WELL else self._in_a_row + 1
        while self._calls[0][0] <= now - WINDOW:
            self._failures -= self._calls.popleft()[1]
        self._in_a_row = min(self._in_a_row, len(self._calls))
        # A busy window is full of successes: it would take seconds until half of its calls have failed.
        half = len(self._calls) >= ENOUGH_CALLS and self._failures >= FAILING_SHARE * len(self._calls)
        if (failed and half) or self._in_a_row >= IN_A_ROW:
            self._open()

    def _open(self) -> None:
        # Jitter, so that the replicas of a service do not all try again at the same moment.
        self._opens_again = self._clock() + LONGEST_PAUSE * (0.5 + 0.5 * self._jitter())
        self._become(State.OPEN)

    def _become(self, state: State) -> None:
        self.state = state
        self._round += 1
        self._calls.clear()
        self._failures = self._in_a_row = self._probing = self._passed = 0
        self._on_change(state)


class RetryBudget:
    """Keeps retries below a tenth of the calls, so that they cannot overload a neighbour that recovers."""

    def __init__(self) -> None:
        self._left = _MOST_RETRIES

    def earn(self) -> None:
        """Count one call."""
        self._left = min(_MOST_RETRIES, self._left + _RETRIES_PER_CALL)

    def spend(self) -> bool:
        """Take one retry; return False when none is left."""
        if self._left < 1:
            return False
        self._left -= 1
        return True
