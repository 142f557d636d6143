"""How the tests bring counts into the cube, and ask for figures."""

from typing import Any

import httpx

from loans_service.persistence.tables import plumbing
from shared.persistence.cube.rolling_up import Waiting
from shared.persistence.database import Database
from tests.loans.api.conftest import ADMIN, Service


async def roll_up(database: Database) -> None:
    """Do what the relay does with the counts of what waits."""
    async with database.begin() as transaction:
        await Waiting(plumbing.outbox, plumbing.cube).roll_up(transaction.run)
        await transaction.commit()


async def ask(service: Service, question: str, *, token: str | None = None, **headers: str) -> httpx.Response:
    await roll_up(service.database)
    return await service.get(f"/v1/statistics/{question}", token or ADMIN, **headers)


async def rows(service: Service, question: str, *, token: str | None = None) -> list[dict[str, Any]]:
    answer = await ask(service, question, token=token)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["rows"]
    return found
