"""What a check-out, a return and a renewal cost, in figures that change only when somebody means it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import httpx
import pytest

from shared.kernel.ids import new_id
from tests.loans.api.conftest import Service
from tests.loans.api.lending.acts import act
from tests.loans.makers import a_copy
from tests.statements import told_to_driver

SECOND = "C2"

Act = Callable[[Service, str], Awaitable[httpx.Response]]


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one act: what the database is told, with BEGIN and COMMIT; questions to books and to members; the answer.

    On PostgreSQL each statement is a message there and one back.
    """

    postgresql: int
    sqlite: int
    questions: tuple[int, int]
    bytes_answered: int


async def _check_out(service: Service, _: str) -> httpx.Response:
    return await service.check_out(copy_barcode=SECOND, key="counted")


async def _bring_back(service: Service, _: str) -> httpx.Response:
    return await service.bring_back(key="counted")


async def _renew(service: Service, loan_id: str) -> httpx.Response:
    renewed: httpx.Response = await act(service, loan_id, "renew", key="counted")
    return renewed


COSTS: dict[Act, Cost] = {
    _check_out: Cost(postgresql=5, sqlite=8, questions=(1, 1), bytes_answered=571),
    _bring_back: Cost(postgresql=5, sqlite=9, questions=(0, 0), bytes_answered=712),
    _renew: Cost(postgresql=7, sqlite=9, questions=(0, 1), bytes_answered=551),
}


@pytest.mark.parametrize("of", COSTS, ids=lambda of: of.__name__.strip("_"))
async def test_an_act_costs_so_many_messages_and_bytes(service: Service, of: Act) -> None:
    service.catalogue.copies.append(a_copy(copy_id=new_id(), barcode=SECOND))
    loan_id = (await service.check_out()).json()["loan_id"]
    asked = service.catalogue.questions, service.members.questions

    async with told_to_driver(service.database) as told:
        answer = await of(service, loan_id)

    cost = COSTS[of]
    assert answer.is_success, answer.text
    assert getattr(cost, service.database.dialect) == len(told.statements), told.statements
    since = service.catalogue.questions - asked[0], service.members.questions - asked[1]
    assert cost.questions == since
    assert cost.bytes_answered == pytest.approx(len(answer.content), rel=0.02)
