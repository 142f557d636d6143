import json
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from jsonschema import Draft202012Validator
from sqlalchemy import select

from loans_service.application.consistency.queries.circulation import ConsistencyQueries
from loans_service.application.holds.join_queues import JoinQueues
from loans_service.application.holds.note_copy_report import NoteCopyReport
from loans_service.application.lending.amendments.correct_title import CorrectTitle
from loans_service.listeners.copy_events import (
    ADDED,
    BOOK_MERGED,
    BOOK_REVISED,
    NAME,
    REMOVED,
    REVISED,
    SCHEMAS,
    STATUS_CHANGED,
    copies_listener,
)
from loans_service.persistence.tables import plumbing, reported_copies, retarget_requests
from shared.kernel.errors import NeighbourUnavailable
from shared.kernel.ids import new_id
from shared.messaging.bus import Listener
from shared.messaging.envelope import Incoming, UnreadableMessage, parse
from shared.persistence.database import Database
from tests.loans.branch import Branch
from tests.loans.makers import EMMA, EMMA_COPY, NOW, a_copy

SAMPLES = Path(__file__).parents[2] / "contracts" / "samples"


def listener(database: Database) -> Listener:
    return listener_of(Branch(database))


def listener_of(branch: Branch) -> Listener:
    work, clock = branch.unit_of_work, branch.clock
    return copies_listener(NoteCopyReport(work, clock), CorrectTitle(work, branch.catalogue), JoinQueues(work, clock))


def news(type_: str = REVISED, sequence: int = 1, **data: Any) -> Incoming:
    usual = {"copy_id": str(EMMA_COPY), "book_id": str(EMMA), "branch": "MAIN", "item_type": "book"}
    usual |= {"barcode": "30000000000019"}
    event: dict[str, Any] = {"id": str(new_id()), "source": "/books", "type": type_, "subject": str(EMMA_COPY)}
    return Incoming(**event, time=NOW, sequence=sequence, data=usual | {"status": "in_service"} | data)


async def reported(database: Database) -> list[tuple[str, str]]:
    rows = await database.rows(select(reported_copies.c.branch, reported_copies.c.status))
    return [(row.branch, row.status) for row in rows]


async def requests(database: Database) -> int:
    return len(await database.rows(select(retarget_requests)))


def test_the_listener_has_the_name_of_its_queue(database: Database) -> None:
    found = listener(database)

    assert (NAME, {ADDED, REVISED, REMOVED, STATUS_CHANGED, BOOK_REVISED, BOOK_MERGED}) == (
        found.name,
        set(found.types),
    )


@pytest.mark.parametrize("type_", [ADDED, REVISED, STATUS_CHANGED])
async def test_the_samples_that_books_promises_are_understood(database: Database, type_: str) -> None:
    text = (SAMPLES / f"{type_}.json").read_text()

    await listener(database).handle(parse(text.encode()))

    assert 1 == len(await reported(database)) == await requests(database)
    assert [] == list(Draft202012Validator(SCHEMAS[type_]).iter_errors(json.loads(text)["data"]))


async def test_news_that_come_late_or_twice_change_nothing(database: Database) -> None:
    heard, moved = listener(database), news(branch="EAST", sequence=2)

    for event in (moved, news(branch="WEST", sequence=1), moved):
        await heard.handle(event)

    assert [("EAST", "in_service")] == await reported(database)
    assert 1 == await requests(database)


@pytest.mark.parametrize(
    ("moved_at", "stands"),
    [(NOW, ("available", "floated", "MAIN")), (NOW + timedelta(minutes=2), ("available", "home", "MAIN"))],
)
async def test_a_copy_that_came_back_to_its_old_home_after_it_moved_has_floated_there(
    database: Database, moved_at: datetime, stands: tuple[str, str, str]
) -> None:
    branch = Branch(database)
    heard = listener_of(branch)
    await heard.handle(news(sequence=1))
    await branch.check_out()
    branch.clock.pass_by(timedelta(minutes=1))
    await branch.bring_back(branch="MAIN")

    await heard.handle(replace(news(branch="WEST", sequence=2), time=moved_at))

    published = await database.rows(select(plumbing.outbox.c.data).order_by(plumbing.outbox.c.sequence))
    last = [row.data for row in published if "availability" in row.data][-1]
    assert stands == (last["availability"], last["stands"]["why"], last["stands"]["branch"])
    away = await ConsistencyQueries(database).away(after=UUID(int=0), limit=9)
    assert (stands[1] == "floated") == bool(away)


async def test_a_copy_that_was_removed_is_lent_no_more(database: Database) -> None:
    await listener(database).handle(news(REMOVED))

    assert [("MAIN", "withdrawn")] == await reported(database)


@pytest.mark.parametrize("data", [{"copy_id": "17"}, {"barcode": None}, {"branch": None}, {"status": 7}])
async def test_what_cannot_be_read_is_refused_for_good(database: Database, data: dict[str, Any]) -> None:
    with pytest.raises(UnreadableMessage):
        await listener(database).handle(news(**data))


async def test_news_of_a_book_lets_its_loans_show_the_title_that_it_has_now(database: Database) -> None:
    branch = Branch(database)
    loan = await branch.check_out()
    branch.catalogue.copies = [replace(a_copy(), title="Emma. A Novel")]
    text = (SAMPLES / f"{BOOK_REVISED}.json").read_text()

    await listener_of(branch).handle(parse(text.encode()))

    shown = await branch.ports.loans.loan(loan.loan_id)
    assert shown is not None
    assert "Emma. A Novel" == shown.title
    with pytest.raises(UnreadableMessage):
        await listener_of(branch).handle(news(BOOK_REVISED, book_id="17"))


async def test_news_that_books_are_one_hands_loans_over_and_lets_them_show_the_title_that_stays(
    database: Database,
) -> None:
    branch, text = Branch(database), (SAMPLES / f"{BOOK_MERGED}.json").read_text()
    told = json.loads(text)["data"]
    branch.catalogue.copies = [a_copy(book_id=UUID(told["book_id"]))]
    loan = await branch.check_out()
    branch.catalogue.copies = [replace(a_copy(book_id=UUID(told["into"])), title="Emma. A Novel")]

    branch.catalogue.down = True  # the title comes later then, when the news comes again
    with pytest.raises(NeighbourUnavailable):
        await listener_of(branch).handle(parse(text.encode()))
    branch.catalogue.down = False
    await listener_of(branch).handle(parse(text.encode()))

    shown = await branch.ports.loans.loan(loan.loan_id)
    assert shown is not None
    assert (UUID(told["into"]), "Emma. A Novel", 3) == (shown.book_id, shown.title, shown.version)
    assert [] == list(Draft202012Validator(SCHEMAS[BOOK_MERGED]).iter_errors(told))
    with pytest.raises(UnreadableMessage):
        await listener_of(branch).handle(news(BOOK_MERGED, into=None))


async def test_a_copy_is_of_the_volume_that_books_last_told_and_an_older_release_tells_none(database: Database) -> None:
    told: list[str | None] = []
    reports: list[dict[str, Any]] = [{"volume_key": "2"}, {}, {"volume_key": None}]
    for number, volume in enumerate(reports, start=1):
        await listener(database).handle(news(sequence=number, **volume))
        (row,) = await database.rows(select(reported_copies.c.volume_key))
        told.append(row.volume_key)

    assert ["2", "2", None] == told


async def test_a_copy_has_the_note_that_books_last_told(database: Database) -> None:
    told: list[str | None] = []
    for number, note in enumerate(["Two discs.", None], start=1):
        await listener(database).handle(news(sequence=number, staff_note=note))
        (row,) = await database.rows(select(reported_copies.c.staff_note))
        told.append(row.staff_note)

    assert ["Two discs.", None] == told
