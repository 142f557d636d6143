"""Commands that let people in: accounts, keys, tokens."""

import json
import os
import pty
import re
import select
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from jose import jwt

from members_service.domain.notices.notice_settings import Mode, NoticeSettings
from tests.members.commands import create, environment_of, run
from tests.members.makers import PASSWORD


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
    with closing(sqlite3.connect(folder / "members.db")) as database:
        facts = database.execute("SELECT facts FROM audit_records WHERE action = 'key-rotated' ORDER BY 1").fetchall()
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
    with closing(sqlite3.connect(folder / "members.db")) as database:
        actions = database.execute("SELECT action FROM audit_records").fetchall()
    assert [("unlocked",)] == actions


def test_after_a_backup_was_restored_nothing_goes_out_until_somebody_says_so(folder: Path) -> None:
    since = datetime(2026, 3, 1, tzinfo=UTC)
    document = json.dumps(NoticeSettings(mode=Mode.ON, library_name="Here", on_since=since).figures())
    row = (1, document, since.isoformat(sep=" "), since.isoformat(sep=" "))
    with closing(sqlite3.connect(folder / "members.db")) as database:
        database.execute("INSERT INTO notice_settings (version, document, made_at, noted_since) VALUES (?,?,?,?)", row)
        database.commit()

    first, second = run(folder, "hold-notices"), run(folder, "hold-notices")

    assert (0, "Nothing goes out until PUT /v1/notice-settings says so.") == (
        first.returncode, first.stderr.splitlines()[-1]
    ), first.stderr  # fmt: skip
    assert (0, "None were going out.") == (second.returncode, second.stderr.splitlines()[-1])
    with closing(sqlite3.connect(folder / "members.db")) as database:
        versions = database.execute("SELECT version, document, noted_since FROM notice_settings ORDER BY 1").fetchall()
        audited = database.execute("SELECT action FROM audit_records").fetchall()
    held = json.loads(versions[-1][1])
    assert [1, 2] == [version for version, _, _ in versions]
    assert ("shadow", None, "Here", None) == (held["mode"], held["on_since"], held["library_name"], versions[-1][2])
    assert [("notices-set",)] == audited


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


def test_doctor_examines_the_key_files_and_makes_none(folder: Path) -> None:
    keys = folder / "signing.pem"
    named = {"MEMBERS_SIGNING_KEYS_FILE": str(keys), "AUTH_JWKS_URL": "http://127.0.0.1:1/of-no-use"}

    unnamed = run(folder, "doctor")
    missing = run(folder, "doctor", **named)
    not_made_yet = run(folder, "doctor", **named, MEMBERS_MAKE_SIGNING_KEY="on")
    keys.write_text("no key")
    (folder / "data-keys.txt").write_text("no key")
    unusable = run(folder, "doctor", **named)

    looks = [
        line.split()[:2] for told in (unnamed, missing, not_made_yet, unusable) for line in told.stdout.splitlines()
    ]
    assert ["skipped", "wrong", "skipped", "wrong"] == [outcome for outcome, name in looks if name == "keys"]
    assert "skipped  keys        not looked at: no setting names their file" in unnamed.stdout
    assert f"MEMBERS_SIGNING_KEYS_FILE points to {keys}, which cannot be read" in missing.stdout
    assert f"not looked at: {keys} is made at the first start" in not_made_yet.stdout
    assert "wrong    keys " in unusable.stdout
    assert "wrong    data-keys " in unusable.stdout
