"""Everything breaks at random for a while, and the judge finds nothing."""

import subprocess
import sys
from pathlib import Path

from tests.lab.faults.nemesis.besieged.mutants import MUTANTS

ROOT = Path(__file__).parents[3]
SEED, SECONDS = "20261126", "25"  # `make faults` goes on longer, in CI as well
_LONGEST = 560  # seconds; each bout may take a minute to settle


def test_after_25_seconds_of_everything_at_once_every_promise_holds() -> None:
    done = faults("--seed", SEED, "--seconds", SECONDS)

    assert 0 == done.returncode, done.stdout + done.stderr


def test_the_mutants_are_named_a_line_each() -> None:
    assert list(MUTANTS) == faults("--mutant", "list").stdout.splitlines()


def faults(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run what `make faults` runs, in a process of its own."""
    command = [sys.executable, "-m", "tests.lab.faults.nemesis", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=_LONGEST)
