import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from shared.kernel.ids import new_id
from tests.members.commands import Outcome, create, run
from tests.members.makers import PASSWORD
from tests.roles import TwoRoles


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
        with closing(sqlite3.connect(tmp_path / "members.db")) as database:
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
    mapping = ("--map=card_number=cardnumber", "--map", "name=surname", "--map", "category=categorycode")

    tried = run(folder, "import", str(file), *mapping, "--dry-run")
    taken = run(folder, "import", str(file), *mapping)
    again = run(folder, "import", "-", "--format", "csv", *mapping, given=file.read_text())
    left = run(folder, "export", "--all", str(folder / "out"))
    refused = run(folder, "import", "--all", str(folder / "out"))
    queued = run(folder, "imports")

    assert "Would have created 1" in tried.stdout, tried.stderr
    assert ["left out: sex (1)"] * 3 == [done.stdout.splitlines()[0] for done in (tried, taken, again)]
    assert ("created 1, updated 0, left 0" in taken.stdout, 1) == (True, taken.returncode)
    assert "record 2 (A2): unknown-category: The library has no category 'adlut'. Did you mean adult?" in taken.stderr
    assert "created 0, updated 0, left 1" in again.stdout
    assert (0, 1) == (left.returncode, json.loads((folder / "out" / "manifest.json").read_text())["counts"]["members"])
    assert (0, "") == (queued.returncode, queued.stdout), queued.stderr  # what came by the command was never queued
    assert (1, "already") == (refused.returncode, "already" if "already" in refused.stderr else refused.stderr)


@pytest.mark.parametrize(
    "arguments",
    [
        ("import",),
        ("import", "nowhere.json"),
        ("import", "x.csv", "--format", "xlsx"),
        ("import", "x.csv", "--map", "name"),
        ("import", "--all", "nowhere"),
    ],
)
def test_what_cannot_be_imported_ends_with_one_sentence(folder: Path, arguments: tuple[str, ...]) -> None:
    outcome = run(folder, *arguments)

    assert outcome.returncode in (1, 2)
    assert "Traceback" not in outcome.stderr
    assert outcome.stderr.strip()
