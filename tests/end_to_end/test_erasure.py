"""Somebody with a loan asks to be erased: stays until the return, and is then nowhere to be found."""

import json
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aio_pika

from tests.end_to_end.gears import EmbeddedLibrary, ProductionLibrary
from tests.end_to_end.library import Copy, Library, Person, code_of, done, eventually
from tests.end_to_end.witness import EXCHANGE

NAME, PHONE, ADDRESS = "Theodora Quillfeather", "+44 20 7946 0777", "77 Larkspur Mews"
EMAIL, CARD, NEW_CARD = "theodora.quillfeather@readers.example", "TQ-770077-OLD", "TQ-770077-NEW"
CANARIES = ("Quillfeather", "Theodora", PHONE, "Larkspur", "theodora.quill", "TQ-770077")
"""What must not be found anywhere afterwards, whatever its case."""


@dataclass
class PersonToErase:
    """One person in one library, of whom everything is known that can be."""

    library: Library
    person: Person
    member_id: str
    copy: Copy

    @property
    def at(self) -> str:
        return f"{self.library.members}/v1/members/{self.member_id}"

    async def is_gone(self) -> bool:
        return (await (await self.library.admin()).get(self.at)).status_code == 404


async def a_known_person(library: Library) -> PersonToErase:
    """Enrol somebody, and let everything happen to her that leaves a trace."""
    desk = await library.librarian()
    body: dict[str, object] = {"name": NAME, "email": EMAIL, "category": "adult", "phone": PHONE, "card_number": CARD}
    body |= {"address": {"street": ADDRESS, "city": "London"}}
    enrolled = done(await desk.post(f"{library.members}/v1/members", body, key="enrol-theodora"))
    person, at = Person(EMAIL, "a long enough pass phrase"), f"{library.members}/v1/members/{enrolled['member_id']}"
    activation = {"activation_token": enrolled["activation_token"], "password": person.password}
    assert (await library.anybody.post(f"{library.members}/v1/auth/activate", activation, key="activate")).is_success
    wrong = {"grant_type": "password", "username": EMAIL, "password": "not her pass phrase"}
    assert 400 == (await library.http.post(f"{library.members}/v1/auth/token", data=wrong)).status_code
    await library.signed_in(person)
    why = f"{NAME} spilled tea."
    for path, sent in (
        ("/suspend", {"reason": why}),
        ("/blocks", {"action": "renew", "reason": why}),
        ("/cards", {"card_number": NEW_CARD, "reason": f"{NAME} lost {CARD}."}),
    ):
        done(await desk.post(f"{at}{path}", sent, key=f"theodora{path}"))
    copy, spare = await library.shelve(copies=2, title="Romola")
    override: dict[str, object] = {"codes": ["member-suspended"], "comment": f"{NAME} said sorry."}
    lend = {"copy_barcode": copy.barcode, "card_number": NEW_CARD, "override": override}
    done(await desk.post(f"{library.loans}/v1/loans", lend, key="lend"))
    done(await desk.post(f"{at}/reinstate"))
    for query in ({"q": NAME}, {"q": EMAIL}, {"card_number": NEW_CARD}):
        assert done(await desk.get(f"{library.members}/v1/members", **query))["items"]
    assert done(await desk.get(f"{library.loans}/v1/loans", card_number=NEW_CARD))["items"]
    assert spare.book_id == copy.book_id
    return PersonToErase(library, person, enrolled["member_id"], copy)


async def test_who_has_a_loan_stays_until_its_return_and_is_nowhere_to_be_found_then(library: Library) -> None:
    async with listening_to_everything(library) as told:
        theodora = await a_known_person(library)
        await everything_is_in_the_export(theodora)
        await she_asks_and_stays_until_the_return(theodora)

        done(await library.give_back(theodora.copy))

        await eventually(theodora.is_gone, 60)
        await eventually(lambda: everything_is_told(library), 60)
        admin = await library.admin()
        assert "member-not-found" == code_of(await admin.get(f"{theodora.at}/export"))
        assert [] == done(await admin.get(f"{library.loans}/v1/loans", member_id=theodora.member_id))["items"]
        assert [] == [where for where, text in await everything_kept(library) if mentions(text)]
        events = await told()
    assert [] == [event for event in events if mentions(event)]
    assert isinstance(library, EmbeddedLibrary) or {"leaving", "cleared", "erased"} <= {
        json.loads(event)["type"].rpartition(".")[2] for event in events
    }


async def test_not_even_the_files_hold_a_word_about_her(tmp_path: Path) -> None:
    async with EmbeddedLibrary(DATA_DIR=str(tmp_path)) as library:
        theodora = await a_known_person(library)
        await she_asks_and_stays_until_the_return(theodora)
        done(await library.give_back(theodora.copy))
        await eventually(theodora.is_gone, 60)

    files = [file for file in tmp_path.iterdir() if file.is_file()]

    assert {"books.db", "members.db", "loans.db"} <= {file.name for file in files}
    assert [] == [file.name for file in files if mentions(file.read_bytes().decode("latin-1"))]


async def everything_is_in_the_export(theodora: PersonToErase) -> None:
    own = await theodora.library.signed_in(theodora.person)
    export = done(await own.get(f"{theodora.at}/export"))
    text = json.dumps(export, ensure_ascii=False)
    for known in (NAME, EMAIL, PHONE, ADDRESS, CARD, NEW_CARD, "spilled tea"):
        assert known in text, known
    (elsewhere,) = export["elsewhere"]
    lending = done(await own.get(f"{theodora.library.services[elsewhere['service']]}{elsewhere['path']}"))
    assert [theodora.copy.copy_id] == [loan["copy_id"] for loan in lending["loans"]]


async def she_asks_and_stays_until_the_return(theodora: PersonToErase) -> None:
    library, own = theodora.library, await theodora.library.signed_in(theodora.person)

    asked = await own.post(f"{library.members}/v1/members/me/erasure", {"confirm": True}, key="erase-me")

    assert (202, "leaving") == (asked.status_code, asked.json()["status"])
    assert 401 == (await own.get(f"{library.members}/v1/members/me")).status_code
    (other,) = await library.shelve()
    sent = {"copy_barcode": other.barcode, "card_number": NEW_CARD}
    refused = await (await library.librarian()).post(f"{library.loans}/v1/loans", sent)
    assert (422, "member-leaving") == (refused.status_code, code_of(refused))

    async def lending_knows() -> bool:
        return bool(await select(library, "loans", "SELECT 1 FROM borrowers WHERE leaving_id IS NOT NULL"))

    await eventually(lending_knows, 60)
    assert NAME == done(await (await library.admin()).get(theodora.at))["name"]


def mentions(text: str) -> bool:
    folded = text.casefold()
    return any(canary.casefold() in folded for canary in CANARIES)


async def select(library: Library, service: str, statement: str) -> list[tuple[Any, ...]]:
    """Ask a service's database, whichever it is."""
    if isinstance(library, ProductionLibrary):
        connection = await library.database(service)
        try:
            return [tuple(row) for row in await connection.fetch(statement)]
        finally:
            await connection.close()
    assert isinstance(library, EmbeddedLibrary)
    file = Path(library.process.environment["DATA_DIR"]) / f"{service}.db"
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as kept:
        return kept.execute(statement).fetchall()


async def everything_is_told(library: Library) -> bool:
    """Whether every outbox is empty."""
    return not any([await select(library, service, "SELECT 1 FROM outbox") for service in library.services])


async def everything_kept(library: Library) -> list[tuple[str, str]]:
    """Return every row of every table of every database, and every log, with where it was found."""
    tables = (
        "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"
        if isinstance(library, ProductionLibrary)
        else "SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%'"
    )
    found = list(library.logs().items())
    for service in library.services:
        for (table,) in await select(library, service, tables):
            rows = await select(library, service, f'SELECT * FROM "{table}"')
            found += [(f"{service}.{table}", " ".join(map(readable, row))) for row in rows]
    assert {"members.audit_records", "members.receipts", "loans.loans"} <= {where for where, _ in found}
    return found


def readable(value: object) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


@asynccontextmanager
async def listening_to_everything(library: Library) -> AsyncIterator[Callable[[], Awaitable[list[str]]]]:
    """Give a way to get every event that any service tells from now on, dead ones too; none where no broker is."""
    if not isinstance(library, ProductionLibrary):
        yield no_events
        return
    async with await aio_pika.connect(library.rabbit.url) as connection:
        channel = await connection.channel()
        queue = await channel.declare_queue("test.erasure", auto_delete=True)
        await queue.bind(await channel.get_exchange(EXCHANGE), "#")

        async def told() -> list[str]:
            events = []
            while message := await queue.get(no_ack=True, fail=False):
                events.append(message.body.decode())
            for dead in ("books.circulation.dead", "loans.members.dead", "members.farewells.dead"):
                dead_letters = await channel.declare_queue(dead, passive=True)
                assert 0 == dead_letters.declaration_result.message_count, dead
            return events

        yield told


async def no_events() -> list[str]:
    return []
