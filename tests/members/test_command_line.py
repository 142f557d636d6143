import json
import os
import pty
import re
import select
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from jose import jwt

from shared.kernel.ids import new_id
from shared.persistence.database import Database
from shared.persistence.migrating.migrations import migrate
from tests.end_to_end import processes
from tests.members.makers import PASSWORD
from tests.roles import TwoRoles

Outcome = subprocess.CompletedProcess[str]


def environment_of(folder: Path) -> dict[str, str]:
    clean = {
        name: value for name, value in os.environ.items() if not name.startswith(("MEMBERS_", "AUTH_", "RABBITMQ"))
    }
    settings = {
        "MEMBERS_DATABASE_URL": f"sqlite+aiosqlite:///{folder / 'members.db'}",
        "MEMBERS_DATA_KEYS_FILE": str(folder / "data-keys.txt"),
        "MEMBERS_MAKE_DATA_KEYS": "true",
    }
    return clean | settings


def run(folder: Path, *arguments: str, given: str = "", **environment: str) -> Outcome:
    return processes.run("members_service", *arguments, environment=environment_of(folder) | environment, given=given)


def create(folder: Path, *more: str, email: str = "admin@x.y", given: str = f"{PASSWORD}\n") -> Outcome:
    return run(folder, "create-account", "--email", email, "--role", "admin", *more, given=given)


@pytest.fixture
async def folder(tmp_path: Path) -> Path:
    """A folder with a migrated database."""
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'members.db'}")
    await migrate(database, "members_service")
    await database.dispose()
    return tmp_path


def test_the_first_admin_is_made_with_a_password_from_standard_input_or_a_file(folder: Path) -> None:
    (folder / "password").write_text(PASSWORD)

    first = create(folder)
    second = create(folder, "--role", "librarian", "--password-file", str(folder / "password"), email="grace@x.y")

    assert (0, 0) == (first.returncode, second.returncode), second.stderr
    assert 36 == len(first.stdout.strip())


def test_at_a_terminal_the_password_is_asked_for_twice_and_not_shown(folder: Path) -> None:
    hands, terminal = pty.openpty()
    command = [sys.executable, "-m", "members_service", "create-account", "--email", "admin@x.y", "--role", "admin"]
    with subprocess.Popen(
        command,
        stdin=terminal,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment_of(folder),
        start_new_session=True,  # or else the terminal of whoever runs the tests is asked
    ) as program:
        assert program.stdout
        assert program.stderr
        for question in (b"Password: ", b"\nRepeat for confirmation: "):
            assert question == program.stderr.read(len(question))
            os.write(hands, f"{PASSWORD}\n".encode())
        told, more = program.communicate(timeout=60)

    assert (0, 36) == (program.returncode, len(told.strip())), more
    assert PASSWORD.encode() not in told + more
    assert [] == select.select([hands], [], [], 0)[0], "the terminal echoed nothing"
    for end in (hands, terminal):
        os.close(end)


def test_a_key_is_added_and_that_is_on_record(folder: Path) -> None:
    keys = {"MEMBERS_SIGNING_KEYS_FILE": str(folder / "keys" / "key.pem")}

    first, second = run(folder, "rotate-key", **keys), run(folder, "rotate-key", **keys)

    assert (0, 0) == (first.returncode, second.returncode), second.stderr
    assert 2 == (folder / "keys" / "key.pem").read_text().count("BEGIN PRIVATE KEY")
    assert re.fullmatch(r"\S{43} signs from \d{4}-\d\d-\d\dT[\d:]{8}Z; 0 old keys are gone\.\n", second.stdout)
    with sqlite3.connect(folder / "members.db") as database:
        facts = database.execute("SELECT facts FROM audit_records WHERE action = 'key-rotated' ORDER BY 1").fetchall()
    database.close()
    assert 2 == len(facts)
    assert {first.stdout[:43], second.stdout[:43]} == {json.loads(fact)["kid"] for (fact,) in facts}


def test_a_token_needs_no_browser_and_is_in_the_name_of_an_account_or_of_a_client(folder: Path) -> None:
    create(folder)
    clients = {"kiosk": {"secret": "a secret of a kiosk that nobody guesses", "scopes": "loans:write"}}
    keys = {"MEMBERS_SIGNING_KEYS_FILE": str(folder / "key.pem"), "MEMBERS_MAKE_SIGNING_KEY": "on"}
    settings = keys | {"MEMBERS_CLIENTS": json.dumps(clients)}

    admin = run(folder, "token", "--as", "admin@x.y", "--scope", "admin", **settings)
    kiosk = run(folder, "token", "--client", "kiosk", **settings)
    nobody = run(folder, "token", "--as", "nobody@x.y", **settings)
    neither = run(folder, "token", **settings)

    claims = [jwt.get_unverified_claims(outcome.stdout.strip()) for outcome in (admin, kiosk)]
    assert [("admin", "library"), ("loans:write", "kiosk")] == [(one["scope"], one["client_id"]) for one in claims]
    assert admin.stderr.endswith("Good for 15 minutes and for: admin\n")
    assert (1, "There is no account nobody@x.y that is enabled.\n") == (nobody.returncode, nobody.stderr)
    assert (2, "Say either --as or --client.\n") == (neither.returncode, neither.stderr)


def test_who_is_locked_out_is_let_in_by_a_command(folder: Path) -> None:
    outcome = run(folder, "unlock", "admin@x.y")

    assert (0, "admin@x.y can be tried again.") == (outcome.returncode, outcome.stderr.splitlines()[-1])
    with sqlite3.connect(folder / "members.db") as database:
        actions = database.execute("SELECT action FROM audit_records").fetchall()
    database.close()
    assert [("unlocked",)] == actions


def test_without_a_place_for_keys_none_is_added(folder: Path) -> None:
    outcome = run(folder, "rotate-key")

    assert 2 == outcome.returncode
    assert outcome.stderr.startswith("MEMBERS_SIGNING_KEYS_FILE is missing")


@pytest.mark.parametrize(
    ("email", "password", "sentence"),
    [
        ("nowhere", PASSWORD, "This is no e-mail address"),
        ("admin@x.y", "short", "A password has at least 12 characters."),
    ],
)
def test_an_account_that_cannot_be_is_refused_in_a_sentence(
    folder: Path, email: str, password: str, sentence: str
) -> None:
    outcome = create(folder, email=email, given=f"{password}\n")

    assert (1, "") == (outcome.returncode, outcome.stdout)
    assert outcome.stderr.startswith(sentence)
    assert 1 == len(outcome.stderr.splitlines())


def test_a_second_account_for_one_address_is_refused(folder: Path) -> None:
    create(folder)

    outcome = create(folder, email="ADMIN@x.y")

    assert (1, "Another member or account has this e-mail address already.\n") == (outcome.returncode, outcome.stderr)


def test_an_account_needs_a_migrated_database_and_a_readable_password(tmp_path: Path) -> None:
    not_migrated = create(tmp_path)
    unreadable = create(tmp_path, "--password-file", str(tmp_path / "nowhere"))

    assert (1, 2) == (not_migrated.returncode, unreadable.returncode)
    assert "Is the database migrated?" in not_migrated.stderr
    assert "The password cannot be read" in unreadable.stderr
    assert "Traceback" not in not_migrated.stderr + unreadable.stderr


@pytest.mark.parametrize("keys", ["", "/nowhere/key.pem"])
def test_nothing_is_served_without_a_key_to_sign_with(folder: Path, keys: str) -> None:
    outcome = run(folder, "serve", "--port", "0", MEMBERS_SIGNING_KEYS_FILE=keys)

    assert (2, 1) == (outcome.returncode, len(outcome.stderr.splitlines()))
    assert outcome.stderr.startswith("MEMBERS_SIGNING_KEYS_FILE ")


def test_wrong_settings_are_told_one_sentence_each(tmp_path: Path) -> None:
    outcome = run(tmp_path, "serve", MEMBERS_DATABASE_URL="", MEMBERS_CLIENTS="{", LIBRARY_TIMEZONE="Mars/Olympus")

    assert (2, 3) == (outcome.returncode, len(outcome.stderr.splitlines())), outcome.stderr


def test_migrating_looks_neither_at_the_clients_nor_at_any_keys(tmp_path: Path) -> None:
    nowhere = str(tmp_path / "nowhere")
    keys = {"MEMBERS_SIGNING_KEYS_FILE": nowhere, "MEMBERS_DATA_KEYS_FILE": nowhere, "MEMBERS_MAKE_DATA_KEYS": ""}

    outcome = run(tmp_path, "migrate", MEMBERS_CLIENTS_FILE=nowhere, **keys)

    assert 0 == outcome.returncode, outcome.stderr


def test_the_openapi_document_is_printed_without_any_setting(tmp_path: Path) -> None:
    outcome = run(tmp_path, "openapi", MEMBERS_DATABASE_URL="")

    assert "3.1.0" == json.loads(outcome.stdout)["openapi"]


@pytest.mark.parametrize("command", ["serve", "relay", "reencrypt"])
def test_nothing_runs_without_the_keys_for_personal_data(folder: Path, command: str) -> None:
    given = {"MEMBERS_MAKE_DATA_KEYS": "", "MEMBERS_SIGNING_KEYS_FILE": str(folder / "key.pem")}

    outcome = run(folder, command, RABBITMQ_URL="amqp://nowhere", MEMBERS_MAKE_SIGNING_KEY="true", **given)

    assert 2 == outcome.returncode, outcome.stderr
    assert outcome.stderr.splitlines()[-1].startswith("MEMBERS_DATA_KEYS_FILE points to ")


def test_everything_is_sealed_anew_by_a_command(folder: Path) -> None:
    create(folder)
    first = run(folder, "reencrypt")
    with (folder / "data-keys.txt").open("a") as keys:
        keys.write("second:" + "A" * 43 + "=\n")

    second, third = run(folder, "reencrypt"), run(folder, "reencrypt")

    assert ["0", "1", "0"] == [outcome.stderr.split()[1] for outcome in (first, second, third)], second.stderr


def test_a_key_that_is_missed_is_named_in_a_sentence(folder: Path) -> None:
    create(folder)
    keys = (folder / "data-keys.txt").read_text().splitlines()
    (folder / "data-keys.txt").write_text(f"{keys[0]}\nsecond:{'A' * 43}=\n")

    outcome = run(folder, "reencrypt")

    assert (1, 1) == (outcome.returncode, len(outcome.stderr.splitlines()))
    assert outcome.stderr.startswith("Not everything could be sealed anew: email is sealed under a key that is not")


def test_the_relay_needs_a_broker(folder: Path) -> None:
    outcome = run(folder, "relay")

    assert 2 == outcome.returncode
    assert "RABBITMQ_URL" in outcome.stderr


def test_migrating_writes_down_how_long_audit_records_are_kept_each_time_anew(tmp_path: Path) -> None:
    kept = []
    for days in ({"MEMBERS_AUDIT_KEPT_DAYS": "400"}, {}):
        assert 0 == run(tmp_path, "migrate", **days).returncode
        with sqlite3.connect(tmp_path / "members.db") as database:
            kept += database.execute("SELECT * FROM audit_retention").fetchall()
    too_short = run(tmp_path, "migrate", MEMBERS_AUDIT_KEPT_DAYS="89")

    assert [(1, 400), (1, 1095)] == kept
    assert 2 == too_short.returncode
    assert "MEMBERS_AUDIT_KEPT_DAYS cannot be used: input should be greater than or equal to 90." in too_short.stderr


async def test_one_role_migrates_and_another_serves(tmp_path: Path, two_roles: TwoRoles) -> None:
    def migrate_for(role: str) -> Outcome:
        return run(
            tmp_path,
            "migrate",
            MEMBERS_DATABASE_URL=two_roles.owner_url,
            MEMBERS_DATABASE_APP_ROLE=role,
            MEMBERS_AUDIT_KEPT_DAYS="400",
        )

    unknown, migrated, again = (migrate_for(role) for role in ("nobody", two_roles.app, two_roles.app))
    made = run(
        tmp_path,
        *("create-account", "--email", "admin@x.y", "--role", "admin"),
        given=PASSWORD,
        MEMBERS_DATABASE_URL=two_roles.app_url,
    )

    assert (1, "There is no role nobody in PostgreSQL: create it, or name the one that serves.\n") == (
        unknown.returncode,
        unknown.stderr,
    )
    assert (0, 0, 0) == (migrated.returncode, again.returncode, made.returncode), made.stderr
    async with two_roles.as_app() as app:
        assert 400 == await app.fetchval("SELECT kept_days FROM audit_retention")
        assert 1 == await app.fetchval("SELECT count(*) FROM audit_records")


async def test_who_was_erased_is_listed_and_erased_again_after_a_restore(folder: Path) -> None:
    ada, kim = (str(new_id()) for _ in range(2))

    first = run(folder, "erase-again", "-", given=f"{ada}\n{kim}\n")
    listed = run(folder, "erased")
    (folder / "erased.txt").write_text(listed.stdout)
    second = run(folder, "erase-again", str(folder / "erased.txt"))
    later = run(folder, "erased", "--since", "2999-01-01T00:00:00Z")
    wrong = [run(folder, "erased", "--since", "2026-01-01"), run(folder, "erase-again", "-", given="Ada")]

    assert (0, 0, 0) == (first.returncode, listed.returncode, second.returncode), first.stderr + second.stderr
    assert [ada, kim] == [json.loads(line)["member_id"] for line in listed.stdout.splitlines()]
    assert "2 listed, 0 of them were back" in second.stderr
    assert (0, "") == (later.returncode, later.stdout)
    assert [2, 2] == [outcome.returncode for outcome in wrong]
    assert "line 1 is neither an id" in wrong[1].stderr
    assert not any("Traceback" in outcome.stderr for outcome in wrong)


def test_members_move_in_by_a_file_and_out_and_in_again_with_everything(folder: Path, tmp_path: Path) -> None:
    file = folder / "patrons.csv"
    file.write_text("cardnumber,surname,categorycode,sex\nA1,Lovelace,adult,f\nA2,King,adlut,\n")
    mapping = '{"card_number": "cardnumber", "name": "surname", "category": "categorycode"}'

    tried = run(folder, "import", str(file), "--mapping", mapping, "--dry-run")
    taken = run(folder, "import", str(file), "--mapping", mapping)
    again = run(folder, "import", "-", "--format", "csv", "--mapping", mapping, given=file.read_text())
    left = run(folder, "export", "--all", str(folder / "out"))
    refused = run(folder, "import", "--all", str(folder / "out"))

    assert "Would have created 1" in tried.stdout, tried.stderr
    assert ["left out: sex (1)"] * 3 == [done.stdout.splitlines()[0] for done in (tried, taken, again)]
    assert ("created 1, updated 0, left 0" in taken.stdout, 1) == (True, taken.returncode)
    assert "record 2 (A2): unknown-category: The library has no category 'adlut'. Did you mean adult?" in taken.stderr
    assert "created 0, updated 0, left 1" in again.stdout
    assert (0, 1) == (left.returncode, json.loads((folder / "out" / "manifest.json").read_text())["counts"]["members"])
    assert (1, "already") == (refused.returncode, "already" if "already" in refused.stderr else refused.stderr)


@pytest.mark.parametrize(
    "arguments",
    [
        ("import",),
        ("import", "nowhere.json"),
        ("import", "x.csv", "--format", "xlsx"),
        ("import", "x.csv", "--mapping", "[]"),
        ("import", "--all", "nowhere"),
    ],
)
def test_what_cannot_be_imported_ends_with_one_sentence(folder: Path, arguments: tuple[str, ...]) -> None:
    outcome = run(folder, *arguments)

    assert outcome.returncode in (1, 2)
    assert "Traceback" not in outcome.stderr
    assert outcome.stderr.strip()
