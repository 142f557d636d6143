"""Clocks that stand still until they are told to move."""

from datetime import datetime, timedelta


class SteppingClock:
    """Implements `Clock`, from `now` on."""

    def __init__(self, now: datetime) -> None:
        self.time = now

    def now(self) -> datetime:
        return self.time

    def pass_by(self, time: timedelta) -> None:
        self.time += time


class HandClock:
    """Counts seconds, as `time.monotonic` does."""

    def __init__(self, seconds: float = 0.0) -> None:
        self.seconds = seconds

    def __call__(self) -> float:
        return self.seconds
