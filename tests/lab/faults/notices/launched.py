"""Runs a service as `python -m` does, on a fast clock and, if it is told so, with a guard taken out."""

import os
import runpy
import sys

from tests.lab.faults.notices import mutants
from tests.lab.faults.notices.fast_clock import SWITCH, FastClock


def main() -> None:
    """Lay what is told, and become the service that the first word names."""
    FastClock.read(os.environ.pop(SWITCH)).rule()
    if mutant := os.environ.pop(mutants.SWITCH, None):
        mutants.MUTANTS[mutant]()
    sys.argv = sys.argv[1:]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
