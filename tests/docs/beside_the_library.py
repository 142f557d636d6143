"""Runs what the documents tell people to type beside a running library, in a network of its own, on the usual ports."""

import os
import socket
import subprocess
import sys
from pathlib import Path

from tests.docs.commands import ROOT

FORKED = f"{sys.executable} -IS {ROOT / 'tests/forked_command.py'}"
"""May stand for `python -m` in the commands: without the start, which costs more than what most of them do."""
_SCRIPT = """
ip link set lo up
{forking}
{make_run} >"$DATA_DIR.log" 2>&1 &
library=$!
trap 'kill $library; wait $library || true; kill ${{forks-}} || true' EXIT
for _ in $(seq 600); do
    curl -sf 127.0.0.1:8003/health/ready >/dev/null && break
    kill -0 $library || {{ cat "$DATA_DIR.log"; exit 1; }}
    sleep 0.1
done
{commands}
"""


def beside_the_library(make_run: str, commands: str, folder: Path) -> str:
    """Return what the commands said. The library keeps its data in `folder`; whatever fails ends the test."""
    program = folder / "commands.sh"
    asks, answers = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    forking = f"{sys.executable} -m tests.fork_server {answers.fileno()} & forks=$!" if FORKED in commands else ""
    program.write_text(_SCRIPT.format(forking=forking, make_run=make_run, commands=commands), encoding="utf-8")
    apart = ["unshare", "--net"] if os.geteuid() == 0 else ["unshare", "--map-root-user", "--net"]
    with asks, answers:
        done = subprocess.run(
            [*apart, "sh", "-eu", program],
            cwd=ROOT,
            env={**os.environ, "DATA_DIR": str(folder / "data"), "FORK_SERVER": str(asks.fileno())},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            pass_fds=[asks.fileno(), answers.fileno()],
            text=True,
            timeout=570,
            check=False,
        )
    assert 0 == done.returncode, done.stdout[-3_000:]
    return done.stdout
