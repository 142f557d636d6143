"""Figures of the year as Prometheus sees them."""

from datetime import UTC, date, datetime

from prometheus_client import CollectorRegistry, Gauge

from loans_service.domain.rights import SEE_CONTACTS, STATISTICS
from loans_service.domain.statistics.atoms import ATOMS
from loans_service.persistence.tables import plumbing
from shared.kernel.cube import Count
from shared.kernel.ids import new_id
from shared.persistence.cube.answering import AnswerFigures
from shared.persistence.cube.gauges import MeasureFigures
from shared.persistence.cube.rolling_up import RollUp
from shared.persistence.database import Database
from tests.clocks import SteppingClock

DAY = date(2026, 3, 2)


async def test_gauges_follow_the_year_by_branch_and_tell_of_people_only_if_there_are_enough(
    sqlite_database: Database,
) -> None:
    registry, clock = CollectorRegistry(), SteppingClock(datetime(2026, 3, 2, 20, tzinfo=UTC))
    gauge = Gauge("statistics_of_year", "The year.", ("service", "atom", "branch"), registry=registry)
    atoms = {atom.name: atom for atom in ATOMS}
    answer = AnswerFigures(sqlite_database, plumbing.cube, atoms, clock, STATISTICS, SEE_CONTACTS)
    measure = MeasureFigures(answer, "loans", gauge)

    def told(atom: str, branch: str) -> float | None:
        return registry.get_sample_value("statistics_of_year", {"service": "loans", "atom": atom, "branch": branch})

    async def lend(number: int) -> None:
        loans = [Count("loans", DAY, {"branch": "MAIN"}) for _ in range(number)]
        people = [Count("active_borrowers", DAY, {"branch": "MAIN"}, person=new_id()) for _ in range(number)]
        async with sqlite_database.begin() as transaction:
            await RollUp(plumbing.cube)(transaction.run, [*loans, *people])
            await transaction.commit()
        await measure()

    await lend(4)
    assert (4, None) == (told("loans", "MAIN"), told("active_borrowers", ""))
    await lend(3)
    assert (7, 7) == (told("loans", "MAIN"), told("active_borrowers", ""))
    clock.time = datetime(2027, 1, 1, 1, tzinfo=UTC)
    await measure()
    assert (None, None) == (told("loans", "MAIN"), told("active_borrowers", ""))
