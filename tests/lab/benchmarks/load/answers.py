"""What became of many requests: how many were done, how soon, and what the others were told."""

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import quantiles
from typing import Any

DONE = ("200", "201")


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer: when its request was sent, in seconds from the beginning, how many it took, and what it said.

    `told` is the status, with the code of a refusal behind it, or in words why there was no answer.
    """

    begun: float
    seconds: float
    told: str

    @property
    def is_done(self) -> bool:
        return self.told in DONE

    @property
    def is_refusal(self) -> bool:
        return not self.is_done and self.told[:3].isdigit()


@dataclass(frozen=True, slots=True)
class Answers:
    """The answers to the requests of so many `seconds`, which began at `since`."""

    given: Sequence[Answer]
    seconds: float
    since: float = 0.0

    @property
    def told(self) -> Counter[str]:
        """How often each answer was given."""
        return Counter(answer.told for answer in self.given)

    @property
    def without(self) -> int:
        """How many requests got no answer."""
        return sum(not answer.is_done and not answer.is_refusal for answer in self.given)

    @property
    def done_per_second(self) -> float:
        """Acts done a second; what is done after the time is over does not count."""
        end = self.since + self.seconds
        return sum(one.is_done and one.begun + one.seconds <= end for one in self.given) / self.seconds

    def milliseconds(self, percent: int, *, refusals: bool = False) -> float:
        """Return what `percent` of the acts that were done, or of the refusals, did not exceed."""
        return milliseconds(
            [one.seconds for one in self.given if one.is_refusal == refusals and one.told[:3].isdigit()], percent
        )

    def between(self, begin: float, end: float) -> "Answers":
        """Return those whose requests were sent in this time."""
        return Answers([one for one in self.given if begin <= one.begun < end], end - begin, begin)

    def windows(self, begin: float) -> Iterator["Answers"]:
        """Return them second by second from `begin` on, as long as anything was sent."""
        last = max((one.begun for one in self.given), default=begin)
        for number in range(math.ceil(last - begin)):
            yield self.between(begin + number, begin + number + 1)

    def as_json(self) -> dict[str, Any]:
        return {
            "sent": len(self.given),
            "done per second": self.done_per_second,
            **{f"p{percent} ms": self.milliseconds(percent) for percent in (50, 95, 99)},
            "p99 ms of refusals": self.milliseconds(99, refusals=True),
            "answers": dict(sorted(self.told.items())),
            "without an answer": self.without,
        }


def milliseconds(seconds: Sequence[float], percent: int) -> float:
    """Return what `percent` of these times did not exceed; 0 when there are none."""
    times = seconds if len(seconds) > 1 else [*seconds, *seconds]
    return quantiles(times, n=100, method="inclusive")[percent - 1] * 1000 if times else 0.0


def seconds_to_recover(answers: Answers, *, begin: float, p99: float) -> float | None:
    """Return how long after `begin` a second comes whose p99 is normal, and in which all are served; None for never."""
    for number, second in enumerate(answers.windows(begin)):
        if second.given and all(one.is_done for one in second.given) and second.milliseconds(99) <= p99:
            return float(number)
    return None
