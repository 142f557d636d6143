"""`make run`: starts by itself, keeps its data, stops cleanly and says in a sentence why it does not start."""

import asyncio
import json
import signal
import socket
import stat
import subprocess
import time
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from deploy.local.gear import Gear, LibrarySettings
from tests.end_to_end.gears import EmbeddedLibrary
from tests.end_to_end.library import ADA, ADMIN, LIBRARIAN, Copy, Member, done
from tests.end_to_end.processes import ROOT, run
from tests.ports import HOST, quiet_ports

GENEROUS = 15  # seconds; on a quiet machine it is ready in less than five


@pytest.fixture(scope="module")
async def own() -> AsyncIterator[EmbeddedLibrary]:
    """A library that these tests stop and start as they like; they leave it running."""
    library = EmbeddedLibrary()
    library.process.afresh = True
    async with library:
        yield library


async def test_it_answers_soon_after_it_was_started(own: EmbeddedLibrary) -> None:
    print(f"first start, with the demo data: ready after {own.first_start:.1f} s")

    assert own.first_start < GENEROUS


def test_in_one_process_a_request_has_ten_seconds(tmp_path: Path) -> None:
    settings = LibrarySettings.of(Gear.from_environment({"DATA_DIR": str(tmp_path)}))

    assert {10.0} == {one.request_timeout for one in (settings.books, settings.members, settings.loans)}


async def test_a_start_that_works_warns_of_nothing(own: EmbeddedLibrary) -> None:
    assert [] == [line for line in own.process.told().splitlines() if "[warning" in line or "[error" in line]


async def test_it_prints_where_it_is_and_who_may_sign_in(own: EmbeddedLibrary) -> None:
    told = own.process.told()

    assert [] == [address for address in own.services.values() if f"{address}/docs" not in told]
    for person in (ADMIN, LIBRARIAN, ADA):
        assert person.email in told
        assert person.password in told


async def test_it_comes_with_a_hundred_books_in_two_copies_each(own: EmbeddedLibrary) -> None:
    books: list[str] = []
    more: dict[str, str] | None = {}
    while more is not None:
        page = done(await own.anybody.get(f"{own.books}/v1/books", limit=100, **more))
        books += [book["book_id"] for book in page["items"]]
        more = {"cursor": page["next_cursor"]} if page["next_cursor"] else None

    assert len(books) >= 100
    copies = done(await own.anybody.get(f"{own.books}/v1/books/{books[0]}/copies"))["items"]
    assert {("MAIN", "in_service")} == {(copy["branch"], copy["status"]) for copy in copies}
    assert 2 == len(copies)
    (first,) = done(await own.anybody.get(f"{own.books}/v1/copies", barcode="30000000000019"))["items"]
    assert first["book_id"] in books


async def test_ada_of_the_demo_data_borrows_the_first_copy(own: EmbeddedLibrary) -> None:
    ada, first = Member("", "20000000000018", ADA), Copy("", "", "30000000000019")

    loan = done(await own.check_out(first, ada))

    mine = done(await (await own.signed_in(ADA)).get(f"{own.loans}/v1/loans/mine"))["items"]
    assert [loan["loan_id"]] == [one["loan_id"] for one in mine]
    done(await own.give_back(first))


async def test_its_signing_key_is_for_nobody_elses_eyes(own: EmbeddedLibrary) -> None:
    secrets = [path for path in Path(own.process.environment["DATA_DIR"]).rglob("*") if _is_private_key(path)]

    assert secrets
    assert {0o600} == {stat.S_IMODE(path.stat().st_mode) for path in secrets}


async def test_ctrl_c_ends_it_cleanly_and_a_second_start_keeps_the_data(own: EmbeddedLibrary) -> None:
    (copy,) = await own.shelve()
    reader = await own.enrol()
    loan = done(await own.check_out(copy, reader))
    token_of_before = await own.librarian()

    code = await asyncio.to_thread(own.process.end, signal.SIGINT)
    began = time.monotonic()
    await asyncio.to_thread(own.process.start)
    print(f"second start: ready after {time.monotonic() - began:.1f} s")

    assert 0 == code
    assert "Traceback" not in own.process.told()
    still = done(await token_of_before.get(f"{own.loans}/v1/loans/{loan['loan_id']}"))
    assert "open" == still["status"]
    await own.shows(copy, "on_loan")
    done(await own.give_back(copy))
    await own.shows(copy, "available")


async def test_a_crash_loses_nothing_either(own: EmbeddedLibrary) -> None:
    (copy,) = await own.shelve()
    loan = done(await own.check_out(copy, await own.enrol()))

    await asyncio.to_thread(own.process.kill)
    await asyncio.to_thread(own.process.start)

    assert [loan["loan_id"]] == [one["loan_id"] for one in await own.loans_of(copy)]
    await own.shows(copy, "on_loan")


async def test_no_page_leads_to_a_host_that_is_not_ours(own: EmbeddedLibrary) -> None:
    asked = {
        "response_type": "code", "client_id": "swagger", "redirect_uri": "/docs/oauth2-redirect",
        "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM", "code_challenge_method": "S256",
    }  # fmt: skip
    answers = [
        await own.http.get(f"{address}{path}", params=asked, headers={"Host": "evil.example"})
        for address in own.services.values()
        for path in ("/v1/auth/authorize", "/docs", "/.well-known/oauth-authorization-server")
    ]
    named = await own.http.get(f"{own.members}/docs", headers={"Host": "localhost"})

    assert {421} == {answer.status_code for answer in answers}
    assert not [answer for answer in answers if "evil.example" in f"{answer.headers}{answer.text}"]
    assert 200 == named.status_code


PORTS = ("BOOKS_PORT", "MEMBERS_PORT", "LOANS_PORT", "DESK_PORT")


def quiet() -> dict[str, str]:
    """Return settings under which nobody else is met."""
    return dict(zip(PORTS, map(str, quiet_ports(4)), strict=True))


@pytest.mark.parametrize("setting", PORTS)
def test_a_port_in_use_is_named(setting: str, tmp_path: Path) -> None:
    environment = quiet() | {"DATA_DIR": str(tmp_path)}

    with socket.create_server((HOST, int(environment[setting]))):
        refused = run("deploy.local", environment=environment)

    assert 2 == refused.returncode
    (sentence,) = refused.stderr.strip().splitlines()
    assert f"Port {environment[setting]} on {HOST} cannot be used (Address already in use): set {setting}" in sentence


def test_the_demo_accounts_do_not_go_out_into_the_world(tmp_path: Path) -> None:
    refused = run("deploy.local", environment={**quiet(), "DATA_DIR": str(tmp_path), "HOST": "0.0.0.0"})

    assert 2 == refused.returncode
    (sentence,) = refused.stderr.strip().splitlines()
    assert "0.0.0.0" in sentence


def test_nor_do_those_of_an_earlier_start(own: EmbeddedLibrary) -> None:
    environment = {**quiet(), "DATA_DIR": own.process.environment["DATA_DIR"], "HOST": "0.0.0.0", "DEMO": "0"}

    refused = run("deploy.local", environment=environment)

    assert 2 == refused.returncode, refused.stdout + refused.stderr
    assert 1 == len(refused.stderr.strip().splitlines())


@pytest.mark.parametrize("what", ["a file", "a folder that nothing can be written to"])
def test_a_data_folder_that_cannot_be_used_is_named(what: str, tmp_path: Path) -> None:
    file = tmp_path / "books.csv"
    file.write_text("title\n")
    folder = file if what == "a file" else Path("/proc/1/library")

    refused = run("deploy.local", environment=quiet() | {"DATA_DIR": str(folder)})

    assert 2 == refused.returncode, refused.stderr
    (sentence,) = refused.stderr.strip().splitlines()
    assert f"DATA_DIR={folder} cannot be used" in sentence


@pytest.mark.parametrize(
    ("setting", "value", "told"),
    [
        ("SIP2", "maybe", "SIP2 must be 1 (to answer machines) or 0 (without), not 'maybe'."),
        ("DEMO", "maybe", "DEMO must be 1 (with demo data) or 0 (without), not 'maybe'."),
        ("MEMBERS_CLIENTS", "{", "MEMBERS_CLIENTS cannot be used"),
        ("MEMBERS_CLIENTS", '{"loans": {"secret": "x"}}', "the client loans is the library's own here"),
        ("CORS_ALLOW_ORIGINS", "everywhere", "CORS_ALLOW_ORIGINS cannot be used"),
    ],
)
def test_what_cannot_be_chosen_is_refused_in_a_sentence(setting: str, value: str, told: str, tmp_path: Path) -> None:
    refused = run("deploy.local", environment=quiet() | {"DATA_DIR": str(tmp_path), setting: value})

    assert 2 == refused.returncode, refused.stderr
    assert told in refused.stderr
    assert "Traceback" not in refused.stderr


async def test_an_empty_library_says_how_to_make_its_first_account() -> None:
    kiosk = {"kiosk": {"secret": "a secret of 32 characters or more", "scopes": "loans:write"}}
    app = "http://localhost:5173"
    async with EmbeddedLibrary(
        DEMO="0", MEMBERS_CLIENTS=json.dumps(kiosk), CORS_ALLOW_ORIGINS=app, BOOKS_DATABSE_URL="misspelt"
    ) as library:
        told = library.process.told()
        [command] = [line.strip() for line in told.splitlines() if "create-account" in line]
        made = await asyncio.to_thread(
            subprocess.run,
            command,
            shell=True,
            input="seven-quiet-otters-read",
            text=True,
            capture_output=True,
            cwd=ROOT,
        )
        signed_in = await library.http.post(
            f"{library.members}/v1/auth/token",
            data={"grant_type": "password", "username": "you@library.example", "password": "seven-quiet-otters-read"},
        )
        of_kiosk = await library.http.post(
            f"{library.members}/v1/auth/token",
            data={"grant_type": "client_credentials", "client_id": "kiosk", "client_secret": kiosk["kiosk"]["secret"]},
        )
        origins = [
            (await library.http.get(f"{library.members}/health/live", headers={"Origin": origin})).headers.get(
                "access-control-allow-origin"
            )
            for origin in (app, library.books, library.desk, "https://evil.example")
        ]
        desk = await library.http.get(f"{library.desk}/services.json")

    assert 0 == made.returncode, made.stderr
    assert (200, 200) == (signed_in.status_code, of_kiosk.status_code)
    assert [app, library.books, library.desk, None] == origins
    assert library.services == desk.json()
    assert "BOOKS_DATABSE_URL is no setting of the library: did you mean BOOKS_DATABASE_URL?" in told


async def test_on_another_host_the_addresses_follow_it() -> None:
    async with EmbeddedLibrary(DEMO="0", HOST="0.0.0.0", AUTH_PUBLIC_URL="http://library.test:8002") as library:
        told = library.process.told()
        document = (await library.http.get(f"{library.books}/openapi.json")).json()
        page = await library.http.get(f"{library.books}/docs", headers={"Host": "library.test"})

    [scheme] = document["components"]["securitySchemes"].values()
    assert "http://library.test:8002/v1/auth/authorize" == scheme["flows"]["authorizationCode"]["authorizationUrl"]
    assert f"http://library.test:{library.ports['books']}/docs" in told
    assert 200 == page.status_code
    assert "connect-src 'self' http://library.test:8002;" in page.headers["content-security-policy"]


async def test_nobody_gets_more_tries_by_naming_other_addresses(own: EmbeddedLibrary) -> None:
    """Uses the tries of this machine up, so that nobody can be enrolled or sign in afterwards: the last of `own`."""
    statuses = Counter[int]()
    for number in range(75):  # an address may try 60 times
        form = {"grant_type": "password", "username": f"nobody-{number}@readers.example", "password": "a guess"}
        elsewhere = {"X-Forwarded-For": f"203.0.113.{number}"}
        answer = await own.http.post(f"{own.members}/v1/auth/token", data=form, headers=elsewhere)
        statuses[answer.status_code] += 1

    assert {400, 429} == statuses.keys()


def _is_private_key(path: Path) -> bool:
    return path.is_file() and b"PRIVATE KEY" in path.read_bytes()
