"""Loans is ended under load and started again: what it had taken is answered, and nothing is lost or done twice."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tests.lab.benchmarks.load.answers import Answers
from tests.lab.benchmarks.load.arrivals import BROKEN_OFF, CUT_OFF, NO_ANSWER, NOT_CONNECTED, Schedule, by_the_clock
from tests.lab.benchmarks.load.scene import Scene
from tests.lab.benchmarks.report import judged

_AT_LEAST = 8.0  # seconds: a process starts meanwhile


@dataclass(frozen=True, slots=True)
class Restart:
    """What was answered meanwhile, the exit code, how many acts were asked again, and where records differ."""

    answers: Answers
    code: int
    repeated: int
    faults: Sequence[str]

    def verdicts(self) -> list[str]:
        """Return one sentence per aim."""
        told = self.answers.told
        broken, unanswered = told[BROKEN_OFF], told[NO_ANSWER]
        calm = judged(not broken and not unanswered and not self.code)
        kept = "; ".join(self.faults) or "nothing told is lost, and nothing is done twice"
        found = (
            f"{told[NOT_CONNECTED]} requests found nobody and {told[CUT_OFF]} met the end of their connection; "
            f"{self.repeated} were repeated with their own key, and then {kept}; {judged(not self.faults)}."
        )
        return [
            f"Loans is ended under load: {broken} answers are broken off and {unanswered} never come (aim: 0); {calm}.",
            found,
        ]

    def as_json(self) -> dict[str, Any]:
        return {
            "exit code": self.code,
            "repeated": self.repeated,
            "faults": list(self.faults),
            **self.answers.as_json(),
        }


async def under_load(scene: Scene, *, seconds: float) -> Restart:
    """Let desks work at half the capacity, end loans after a third of the time, and start it again."""
    length = max(seconds, _AT_LEAST)

    async def begin_anew() -> int:
        await asyncio.sleep(length / 3)
        return await scene.begin_anew("loans")

    schedule = Schedule(((scene.capacity / 2, length),))
    answers, code = await asyncio.gather(by_the_clock(schedule, scene.act), begin_anew())
    repeated = await scene.circulation.settle(scene.loans)
    return Restart(answers, code, repeated, await scene.circulation.faults())
