"""`make notices MEMBERS=… OCCURRENCES=… KILLS=… SEED=… [MUTANT=…]`: play, judge, end with 1 if something is not true.

`MUTANT=list` names the mutants, a line each. `PLAY=urgent WAITING=…` measures how long what is urgent takes while many
courtesies wait; with `PLAY=moved-in LOANS=…` overdue loans move in, and nobody may hear of their past stages.
"""

import argparse
import sys
import tempfile
from pathlib import Path

import uvloop

from tests.lab.faults.notices import moved_in, report, urgent
from tests.lab.faults.notices.judge import Judge
from tests.lab.faults.notices.mutants import MUTANTS
from tests.lab.faults.notices.play import Play, perform

_SHOWN = 8


def main() -> int:
    """Play, and return the exit code."""
    parser = argparse.ArgumentParser(prog="make notices", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--members", type=int, default=10_000)
    parser.add_argument("--occurrences", type=int, default=30_000)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--window", type=int, default=10, help="minutes, each of which is a second")
    parser.add_argument("--often", type=float, default=1.0, help="how often the mail server misbehaves")
    parser.add_argument("--mutant", choices=[*MUTANTS, "list"])
    parser.add_argument("--write", action="store_true", help="put the tables into tests/lab/faults/README.md")
    parser.add_argument("--play", choices=("once", "urgent", "moved-in"), default="once", help="what is to be shown")
    parser.add_argument("--waiting", type=int, default=10_000, help="courtesies that wait while something is urgent")
    parser.add_argument("--loans", type=int, default=20_000, help="overdue loans that move in")
    given = parser.parse_args()
    if given.mutant == "list":
        print("\n".join(MUTANTS))
        return 0
    if given.play == "urgent":
        return urgent.main(given.waiting, seed=given.seed)
    if given.play == "moved-in":
        return moved_in.main(given.loans)
    play = Play(
        given.seed,
        given.members,
        given.occurrences,
        given.kills,
        window=given.window,
        mutant=given.mutant,
        often=given.often,
    )
    uvloop.run(perform(play))
    return tell(play, write=given.write)


def tell(play: Play, *, write: bool = False) -> int:
    """Judge a play, print what it was, and return 1 where anything was found."""
    judge = Judge(play)
    found = judge.verdict()
    print(report.tables(play, judge, found))
    for name, violations in found.items():
        for violation in violations[:_SHOWN]:
            print(f"{name}: {violation}")
    if not any(found.values()):
        if write:
            report.write(play, judge, found)
        return 0
    kept = Path(tempfile.mkdtemp(prefix=f"notices-{play.seed}-"))
    for name, text in play.logs.items():
        (kept / f"{name}.log").write_text(text)
    print(f"What each relay wrote is in {kept}.", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
