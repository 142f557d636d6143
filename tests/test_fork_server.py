"""The process that forks for a command, as all.sh has one for all parts."""

import subprocess
import sys

from tests.fork_server import ROOT

_COMMAND = f"{sys.executable} -IS tests/forked_command.py"


def test_who_is_run_by_it_has_whatever_it_asks_for_forked_and_says_how_it_ends() -> None:
    asks = f"echo '[1, 2]' | {_COMMAND} json.tool --compact; {_COMMAND} json.tool no-such-file; echo $?; exit 7"

    done = subprocess.run(
        [sys.executable, "-m", "tests.fork_server", "--", "sh", "-c", asks],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert "[1,2]\n1\n" == done.stdout, done.stderr
    assert 7 == done.returncode
