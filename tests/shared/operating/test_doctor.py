"""What is wrong with a service is named part by part, each with what to do."""

from pathlib import Path

import pytest

from tests.end_to_end.processes import run

NOBODY = "http://127.0.0.1:1"


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return {
        "LOANS_DATABASE_URL": f"sqlite+aiosqlite:///{tmp_path / 'loans.db'}",
        "LOANS_BOOKS_URL": NOBODY,
        "LOANS_MEMBERS_URL": NOBODY,
        "LOANS_CLIENT_SECRET": "a secret that is long enough for any rule",
        "RABBITMQ_URL": "amqp://127.0.0.1:1/",
    }


def told_by_doctor(environment: dict[str, str]) -> tuple[int, dict[str, tuple[str, str]]]:
    done = run("loans_service", "doctor", environment=environment)
    lines = [line.split(None, 2) for line in done.stdout.splitlines()]
    return done.returncode, {line[1]: (line[0], line[2] if len(line) > 2 else "") for line in lines}


def test_each_part_that_is_away_is_named_and_the_others_are_well(environment: dict[str, str]) -> None:
    code, told = told_by_doctor(environment)

    assert code == 1
    assert {name for name, (how, _) in told.items() if how == "ok"} == {"settings", "database", "clock"}
    assert "python -m loans_service migrate" in told["schema"][1]
    assert "events wait in the outbox" in told["broker"][1]
    for name in ("books", "members", "keys"):
        assert f"does not answer at {NOBODY}" in told[name][1]


def test_a_setting_that_is_missing_is_named_and_nothing_else_is_looked_at(environment: dict[str, str]) -> None:
    del environment["LOANS_BOOKS_URL"]

    code, told = told_by_doctor(environment)

    assert code == 2
    assert told.keys() == {"settings"}
    assert told["settings"][1].startswith("LOANS_BOOKS_URL is missing: ")


def test_an_outbox_tells_what_waits(environment: dict[str, str]) -> None:
    assert run("loans_service", "migrate", environment=environment).returncode == 0

    done = run("loans_service", "outbox", "status", environment=environment)

    assert (done.returncode, done.stdout) == (0, "Nothing waits to be published.\n")


def test_without_a_broker_dead_letters_cannot_be_listed_and_the_sentence_says_so(environment: dict[str, str]) -> None:
    done = run("loans_service", "outbox", "dead", environment=environment)

    assert done.returncode == 1
    assert "The broker does not answer" in done.stderr


def test_what_this_process_is_not_told_of_is_not_called_well(environment: dict[str, str]) -> None:
    for password in ("", "amqp://loans@127.0.0.1:1/"):
        _, told = told_by_doctor(environment | {"RABBITMQ_URL": password})

        assert told["broker"][0] == "skipped"
        assert told["broker"][1].startswith("not looked at: ")
