"""Recounts over HTTP."""

from sqlalchemy import update

from loans_service.domain.statistics.atoms import ATOMS
from loans_service.persistence.statistics.records import HistoryRecords
from loans_service.persistence.tables import plumbing
from shared.kernel.ids import new_id
from shared.persistence.cube.recounting import Recount
from shared.persistence.cube.recounts import DoRecounts
from tests.answers import problem_of
from tests.loans.api.conftest import ADMIN, LIBRARIAN, Service
from tests.loans.api.statistics.figures import roll_up, rows
from tests.loans.makers import UTC_ZONE

MARCH = "from=2026-03-01&to=2026-03-31"


async def do_recounts(service: Service) -> None:
    database, clock = service.database, service.clock
    recount = Recount(database, plumbing.outbox, plumbing.cube, ATOMS, clock, [HistoryRecords(UTC_ZONE)])
    await DoRecounts(database, plumbing.recounts, recount, clock)()


async def test_a_recount_says_what_differs_and_with_repair_puts_it_right(service: Service) -> None:
    await service.check_out()
    await roll_up(service.database)
    cells = plumbing.cube.cells
    async with service.database.begin() as transaction:
        await transaction.run(update(cells).where(cells.c.atom == "loans", cells.c.span == "day").values(value=3))
        await transaction.commit()

    asked = await service.post("/v1/statistics/recount", {"repair": True}, token=ADMIN, key="once")
    again = await service.post("/v1/statistics/recount", {"repair": True}, token=ADMIN, key="once")
    waiting = await service.get(asked.headers["location"], ADMIN)
    await do_recounts(service)
    done = (await service.get(asked.headers["location"], ADMIN)).json()

    assert (202, "waiting", asked.json()) == (asked.status_code, waiting.json()["state"], again.json())
    assert ("done", 1, 1) == (done["state"], done["differing"], done["repaired"])
    (difference,) = done["differences"]
    assert ("loans", "day", "2026-03-02", 3, 1) == tuple(
        difference[name] for name in ("atom", "span", "starts_on", "in_cube", "in_records")
    )
    assert [{"value": 1}] == await rows(service, f"loans?{MARCH}")


async def test_a_recount_without_a_word_repairs_nothing(service: Service) -> None:
    asked = await service.http.post("/v1/statistics/recount", headers={"Authorization": f"Bearer {ADMIN}"})

    assert (202, False) == (asked.status_code, asked.json()["repair"])


async def test_a_recount_that_nobody_asked_for_is_not_found_and_not_everybody_may_ask(service: Service) -> None:
    unknown = await service.get(f"/v1/statistics/recounts/{new_id()}", ADMIN)
    forbidden = await service.post("/v1/statistics/recount", {}, token=LIBRARIAN)

    assert (404, "recount-not-found") == (unknown.status_code, problem_of(unknown)["code"])
    assert 403 == forbidden.status_code
