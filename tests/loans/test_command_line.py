"""The sweep as an operator runs it: in a process of its own."""

from pathlib import Path

import pytest

from loans_service.adapters.json_policy import default_policy
from tests.end_to_end.processes import run

SETTINGS = {
    "LOANS_BOOKS_URL": "http://books.invalid",
    "LOANS_MEMBERS_URL": "http://members.invalid",
    "LOANS_CLIENT_SECRET": "not used here",
}


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    made = SETTINGS | {"LOANS_DATABASE_URL": f"sqlite+aiosqlite:///{tmp_path / 'loans.db'}"}
    assert run("loans_service", "migrate", environment=made).returncode == 0
    return made


def test_a_sweep_says_what_it_did_as_of_any_time(environment: dict[str, str]) -> None:
    for arguments in ((), ("--at", "2030-01-01T06:00:00Z")):
        done = run("loans_service", "sweep", *arguments, environment=environment)

        assert (done.returncode, done.stdout) == (0, "reminded 0, expired 0, lost 0, anonymised 0, failed 0\n")
    assert default_policy().keep_history_days == 90


@pytest.mark.parametrize("time", ["soon", "2030-01-01T06:00:00"])
def test_a_time_without_a_zone_is_refused(environment: dict[str, str], time: str) -> None:
    done = run("loans_service", "sweep", "--at", time, environment=environment)

    assert done.returncode == 2
    assert "is no time with a zone" in done.stderr
