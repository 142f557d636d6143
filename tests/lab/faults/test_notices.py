"""Members are told of what happens while the mail server fails and relays die, and the judge finds nothing."""

import uvloop

from tests.lab.faults.notices.judge import Judge
from tests.lab.faults.notices.play import Play, perform


def _violations(*, mutant: str | None = None) -> list[str]:
    play = Play(seed=1, members=100, occurrences=250, kills=3, window=2, mutant=mutant, often=4.0)
    uvloop.run(perform(play))
    return [one for each in Judge(play).verdict().values() for one in each]


def test_everybody_is_told_once_whatever_fails() -> None:
    assert [] == _violations()
