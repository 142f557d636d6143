"""`make faults SEED=… SECONDS=… [MUTANT=…] [PLAY=…]`: besiege the library, judge what is left, end with 1 if it lacks.

`PLAY=tills` lets eight cashiers act alone while processes are killed, with `ACTS_OF_PLAY=10000` until they have done
so much.
`MUTANT=list` names the mutants, a line each. With a mutant the run ends as soon as the judge finds
something, which is what was to be shown: it still ends with 1.
"""

import argparse
import sys
import tempfile
from pathlib import Path

import uvloop

from tests.lab.faults.nemesis import report
from tests.lab.faults.nemesis.besieged.mutants import MUTANTS
from tests.lab.faults.nemesis.cast import PLAYS
from tests.lab.faults.nemesis.judging.judge import judge
from tests.lab.faults.nemesis.run import Run, carry_out

_SHOWN = 12


def main() -> int:
    """Run, and return the exit code."""
    parser = argparse.ArgumentParser(prog="make faults", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=90)
    parser.add_argument("--mutant", choices=[*MUTANTS, "list"])
    parser.add_argument("--write", action="store_true", help="put the tables into tests/lab/faults/README.md")
    parser.add_argument("--play", choices=PLAYS, default="library", help="who acts")
    parser.add_argument("--acts", type=int, help="end after so many acts instead of after so many seconds")
    given = parser.parse_args()
    if given.mutant == "list":
        print("\n".join(MUTANTS))
        return 0
    run = Run(given.seed, given.seconds, given.mutant, given.play, given.acts)
    uvloop.run(carry_out(run))
    return tell(run, write=given.write)


def tell(run: Run, *, write: bool = False) -> int:
    """Judge a run, print what it was, and return 1 where anything was found."""
    assert run.evidence is not None
    found = judge(run.evidence)
    found["all is well again before long"] = run.unsettled
    found["it must have happened"] = report.too_seldom(run)
    print(report.tables(run, found))
    for name, violations in found.items():
        for violation in violations[:_SHOWN]:
            print(f"{name}: {violation}")
    if not any(found.values()):
        if write:
            report.write(run, found)
        return 0
    kept = Path(tempfile.mkdtemp(prefix=f"faults-{run.seed}-"))
    run.history.write(kept / "history.jsonl")
    for name, text in run.logs.items():
        (kept / f"{name}.log").write_text(text)
    print(f"What everybody asked and was told, and what each process wrote, is in {kept}.", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
