"""What the documents tell people to type works as it stands."""

import json
import re
import subprocess
from pathlib import Path

import pytest

from members_service.settings import Settings
from members_service.wiring.ports import data_keys_of, signing_keys_of
from shared.configuration import load
from tests.docs.beside_the_library import beside_the_library
from tests.docs.commands import LEFT_OUT, ROOT, RUN, block, commands


def test_every_command_of_the_documents_is_run_or_has_a_reason() -> None:
    known = [*RUN, *LEFT_OUT]

    found = list(commands())

    assert found
    assert [] == [command for command in found if not any(command.begins_as(key) for key in known)]
    assert [] == [key for key in known if ": " in key and not any(command.begins_as(key) for command in found)]
    assert set() == RUN.keys() & LEFT_OUT.keys()


def test_make_run_the_first_conversation_and_the_example_work_as_they_stand(tmp_path: Path) -> None:
    make_run = block("README.md: make run     #").splitlines()[0].partition("#")[0].strip()
    conversation_, example_ = block("README.md: token() {"), block("docs/example.py: .venv/bin/python")
    kept = tmp_path / "example.txt"
    commands_ = f"""
{conversation_}
{example_}
{example_} http://localhost:8001 http://localhost:8002 http://localhost:8003 > {kept}
echo; echo --- the page of the refusal
curl -s --fail-with-body $(sed -n "s/^Lent to somebody.* //p" {kept})
"""

    told = beside_the_library(make_run, commands_, tmp_path)

    conversation, _, page = told.partition("--- the page")
    # Books hears of the loan a moment later: who types sees `on_loan`, a program may be faster.
    for word in ('"status":"open"', '"barcode":"30000000000019"', '"code":"copy-on-loan"', '"next":"shelf"'):
        assert word in conversation, conversation
    answers = [json.loads(line) for line in conversation.splitlines() if line.startswith("{")]
    assert 5 == len(answers), "each on a line of its own, and the prompt below"
    shelf, lent, refused, returned = kept.read_text(encoding="utf-8").splitlines()
    assert re.fullmatch(r"Dracula by Bram Stoker: 3\d{13} is on the shelf\.", shelf)
    assert re.fullmatch(r"Lent until \S+Z\. Sent again, it is the same loan: True\.", lent)
    assert refused.startswith("Lent to somebody else? copy-on-loan - ")
    assert "Taken back; it goes to the shelf." == returned
    assert "<h1>Copy on loan</h1>" in page


def test_an_authority_and_its_certificates_are_made_as_the_operators_are_told(tmp_path: Path) -> None:
    commands_ = block("deploy/README.md: openssl req -x509")

    done = subprocess.run(
        ["sh", "-euc", commands_],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert 0 == done.returncode, done.stderr
    for name in ("books", "members", "loans", "postgres", "rabbitmq"):
        verified = ["openssl", "verify", "-CAfile", "ca.pem", "-purpose", "sslserver", f"{name}.pem"]
        assert 0 == subprocess.run(verified, cwd=tmp_path, capture_output=True, check=False).returncode


def test_the_keys_and_clients_that_are_made_by_hand_are_those_that_members_reads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    subprocess.run(["sh", "-euc", block("deploy/README.md: umask")], cwd=tmp_path, capture_output=True, check=True)
    made = {"SIGNING_KEYS": "signing-key.pem", "DATA_KEYS": "data-keys.txt", "CLIENTS": "clients.json"}
    for setting, name in made.items():
        monkeypatch.setenv(f"MEMBERS_{setting}_FILE", str(tmp_path / name))

    settings = load(Settings, database_url="sqlite+aiosqlite:///members.db", books_url="http://books.invalid")

    signing_keys_of(settings).load()
    data_keys_of(settings).load()
    for client in ("loans", "members"):
        secret = settings.clients[client].secret
        assert secret
        assert (tmp_path / f"{client}-client-secret").read_text() == secret.get_secret_value()


@pytest.mark.parametrize("key", RUN)
def test_the_test_that_runs_a_command_is_there(key: str) -> None:
    where = RUN[key].partition(",")[0]

    assert (ROOT / where).exists() or (Path(__file__).parent / where).exists()
