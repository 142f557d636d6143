"""A random year: every figure is what the events come to, and stays so when everybody is forgotten."""

import pytest

from shared.persistence.database import Database
from tests.loans.year.judging import judged


@pytest.mark.timeout(600)  # some seconds on a machine with nothing else to do
async def test_a_year_is_counted_as_its_events_say_and_stays_so_when_everybody_is_forgotten(
    database: Database,
) -> None:
    acts = 2_000 if database.dialect == "sqlite" else 300

    async for finding in judged(database, seed=acts, acts=acts):
        assert not finding.wrong, finding
