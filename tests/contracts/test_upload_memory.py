"""However large the files that come in at once, none is held in memory."""

import json

import pytest

from tests.end_to_end.processes import run


@pytest.mark.parametrize("service", ["books", "members", "loans"])
def test_four_large_files_at_once_take_little_memory(service: str) -> None:
    done = run("tests.contracts.upload_memory", service, "60", environment={}, seconds=300)
    assert 0 == done.returncode, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])

    assert 202 in found["answers"]
    assert {*found["answers"]} <= {202, 503}, "whoever waits too long for the one writer of SQLite comes again"
    assert found["grown"] < 24, "MiB, for 240 that came in"
