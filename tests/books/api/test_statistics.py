"""Figures of the catalogue: what was added, what went, and what there was at the end of each day."""

from datetime import timedelta
from typing import Any

from sqlalchemy import update

from books_service.domain.statistics import ATOMS
from books_service.persistence.tables import plumbing
from books_service.wiring.service import RECORDS
from shared.kernel.ids import new_id
from shared.persistence.cube.recounting import Recount
from shared.persistence.cube.rolling_up import Waiting
from tests.books.api.conftest import Service, a_token

MARCH = "from=2026-03-01&to=2026-03-31"


async def rows(service: Service, question: str) -> list[dict[str, Any]]:
    async with service.library.database.begin() as transaction:
        await Waiting(plumbing.outbox, plumbing.cube).roll_up(transaction.run)
        await transaction.commit()
    answer = await service.get(f"/v1/statistics/{question}&{MARCH}", by="admin")
    assert 200 == answer.status_code, answer.text
    found: list[dict[str, Any]] = answer.json()["rows"]
    return found


async def become(service: Service, copy: dict[str, Any], status: str) -> None:
    answer = await service.post(f"/v1/copies/{copy['copy_id']}/status", {"status": status}, by="admin")
    assert 200 == answer.status_code, answer.text


async def stock(service: Service) -> list[dict[str, Any]]:
    await service.library.photograph_stock()
    return await rows(service, "stock?by=day")


async def test_titles_and_copies_count_where_and_how_they_come_in(service: Service) -> None:
    await service.shelve("1", "2")
    somebody = a_token("librarian", sub=str(new_id()))
    book = await service.add_book()
    body = {"barcode": "3", "branch": "MAIN", "item_type": "dvd"}
    headers = {"Authorization": f"Bearer {somebody}"}
    assert (await service.http.post(f"/v1/books/{book['book_id']}/copies", json=body, headers=headers)).is_success

    added = await rows(service, "copies_added?by=day,branch,item_type,channel")

    of_it = {"day": "2026-03-02", "branch": "MAIN"}
    assert [
        of_it | {"item_type": "book", "channel": "machine", "value": 2},
        of_it | {"item_type": "dvd", "channel": "desk", "value": 1},
    ] == added
    assert [{"month": "2026-03", "value": 2}] == await rows(service, "titles_added?by=month")


async def test_what_is_withdrawn_or_lost_counts_and_less_when_it_is_there_again(service: Service) -> None:
    _, (one, other) = await service.shelve("1", "2")
    await become(service, one, "withdrawn")
    await become(service, other, "lost")
    service.library.clock.pass_by(timedelta(days=1))
    await become(service, one, "in_service")

    assert [{"day": "2026-03-02", "value": 1}, {"day": "2026-03-03", "value": -1}] == await rows(
        service, "copies_withdrawn?by=day"
    )
    assert [{"branch": "MAIN", "value": 1}] == await rows(service, "copies_lost?by=branch")


async def test_a_copy_that_was_entered_by_mistake_counts_less_only_if_it_was_counted(service: Service) -> None:
    _, (one, _) = await service.shelve("1", "2")
    answer = await service.upload(b"title,copy_barcode,copy_branch\nEmma,3,MAIN\n")
    assert 202 == answer.status_code, answer.text
    await service.library.work()
    (moved_in,) = (await service.get("/v1/copies?barcode=3", by="admin")).json()["items"]

    for copy in (one, moved_in):
        gone = await service.change("DELETE", f"/v1/copies/{copy['copy_id']}", if_match="*")
        assert 204 == gone.status_code, gone.text

    assert [{"day": "2026-03-02", "value": 1}] == await rows(service, "copies_added?by=day")


async def test_what_moved_in_is_stock_and_no_act(service: Service) -> None:
    await service.post("/v1/branches", {"code": "MAIN", "name": "Main library"})
    answer = await service.upload(b"title,copy_barcode,copy_branch\nEmma,1,MAIN\nRomola,2,MAIN\n")
    assert 202 == answer.status_code, answer.text
    await service.library.work()

    assert [] == await rows(service, "titles_added?by=day") + await rows(service, "copies_added?by=day")
    assert {"day": "2026-03-02", "value": 2} in await stock(service)


async def test_the_stock_is_written_down_each_day_as_it_was_when_the_day_ended(service: Service) -> None:
    _, (one, other, _) = await service.shelve("1", "2", "3")
    assert [{"day": "2026-03-02", "value": 3}] == await stock(service)
    await become(service, one, "withdrawn")
    assert [{"day": "2026-03-02", "value": 2}] == await stock(service)

    service.library.clock.pass_by(timedelta(days=1))
    await become(service, other, "lost")
    await service.shelve("4")

    assert [{"day": "2026-03-02", "value": 2}, {"day": "2026-03-03", "value": 2}] == await stock(service)
    assert [{"month": "2026-03", "value": 2}] == await rows(service, "stock?by=month")


async def test_days_on_which_nothing_ran_get_the_stock_that_there_was_when_they_ended(service: Service) -> None:
    _, (one, _) = await service.shelve("1", "2")
    await stock(service)
    await service.shelve("3")  # nobody writes it down on this day any more
    service.library.clock.pass_by(timedelta(days=2))
    await become(service, one, "lost")
    service.library.clock.pass_by(timedelta(days=1))

    of_days = {"2026-03-02": 3, "2026-03-03": 3, "2026-03-04": 2, "2026-03-05": 2}
    assert [{"day": day, "value": value} for day, value in of_days.items()] == await stock(service)


async def test_a_day_that_is_missed_for_more_than_a_month_has_no_level(service: Service) -> None:
    await service.shelve("1", "2")
    await stock(service)
    service.library.clock.pass_by(timedelta(days=45))

    await stock(service)

    answer = await service.get("/v1/statistics/stock?by=day&from=2026-03-01&to=2026-04-30", by="admin")
    days = [row["day"] for row in answer.json()["rows"]]
    assert ["2026-03-02", "2026-03-16", "2026-04-16", 33] == [*days[:2], days[-1], len(days)]


async def test_a_level_that_is_written_twice_is_not_doubled(service: Service) -> None:
    await service.shelve("1", "2")

    for _ in range(3):
        found = await stock(service)

    assert [{"day": "2026-03-02", "value": 2}] == found


async def test_a_copy_counts_where_it_belongs_be_it_elsewhere_for_a_while(service: Service) -> None:
    _, (copy,) = await service.shelve("1")
    await service.post("/v1/branches", {"code": "EAST", "name": "East"})
    moved = await service.change("PATCH", f"/v1/copies/{copy['copy_id']}", {"temporary": {"branch": "EAST"}})
    assert 200 == moved.status_code, moved.text

    await service.library.photograph_stock()

    assert [{"branch": "MAIN", "value": 1}] == await rows(service, "stock?by=branch")


async def test_lending_asks_for_figures_and_the_public_does_not(service: Service) -> None:
    answers = [await service.get("/v1/statistics/stock", by=who) for who in ("loans", "admin", "kiosk", "member", None)]

    assert [200, 200, 403, 403, 401] == [answer.status_code for answer in answers]


async def test_a_recount_finds_figures_that_differ_from_what_was_done_to_books_and_copies(service: Service) -> None:
    library = service.library
    recount = Recount(library.database, plumbing.outbox, plumbing.cube, ATOMS, library.clock, [RECORDS])
    _, (one, other) = await service.shelve("1", "2")
    await become(service, one, "lost")
    await become(service, other, "withdrawn")
    await become(service, other, "in_service")
    await library.photograph_stock()
    clean = await recount(repair=False)
    cells = plumbing.cube.cells
    async with library.database.begin() as transaction:
        await transaction.run(update(cells).where(cells.c.atom == "copies_added").values(value=5))
        await transaction.commit()

    wrong, repaired, again = [await recount(repair=repair) for repair in (False, True, False)]

    assert (True, 0) == (clean.is_clean, clean.differing)
    assert {("copies_added", 5, 2)} == {(one.atom, one.in_cube, one.in_records) for one in wrong.differences}
    assert (False, True, 0) == (wrong.is_clean, repaired.is_clean, again.differing)
    assert [{"month": "2026-03", "value": 2}] == await rows(service, "copies_added?by=month")
