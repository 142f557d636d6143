"""One person changes so much in a minute, and no more; whoever works for others is not held up."""

import httpx
import pytest

from shared.tokens import Principal
from shared.web.edge.admission.write_budget import WriteBudget
from shared.web.problems import Problem
from tests.shared.bad_input import check_problem
from tests.shared.hostile_tokens import a_token
from tests.shared.web.sample import GOOD, KEY, caller_of, sample_app


def somebody(subject: str = "ada", *scopes: str) -> Principal:
    return Principal(subject, "swagger", frozenset(scopes or ("self",)), frozenset({"member"}))


def test_sixty_at_once_and_one_more_each_second() -> None:
    now = 1_000.0
    budget = WriteBudget("self", clock=lambda: now)
    for _ in range(60):
        budget.spend(somebody(), "PATCH")

    for _ in range(3):
        with pytest.raises(Problem) as refused:
            budget.spend(somebody(), "PATCH")
    budget.spend(somebody("ben"), "PATCH")
    budget.spend(somebody(), "GET")
    now += 2
    for _ in range(2):
        budget.spend(somebody(), "DELETE")
    with pytest.raises(Problem):
        budget.spend(somebody(), "POST")

    assert (429, "too-many-writes") == (refused.value.status_code, refused.value.code)
    assert 1 <= int((refused.value.headers or {})["retry-after"]) <= 2


@pytest.mark.parametrize("scopes", [("loans:write",), ("self", "members:write"), ("self", "admin")])
def test_who_works_for_others_is_not_held_up(scopes: tuple[str, ...]) -> None:
    budget = WriteBudget("self", clock=lambda: 0.0)

    for _ in range(500):
        budget.spend(somebody("grace", *scopes), "POST")
    budget.spend(None, "POST")


def test_no_more_is_kept_than_of_ten_thousand_people() -> None:
    budget = WriteBudget("self", clock=lambda: 0.0)

    for number in range(10_050):
        budget.spend(somebody(f"m{number}"), "POST")

    assert 10_000 == len(budget._spent)


async def test_each_service_counts_what_comes_in_at_its_doors() -> None:
    own = {"Authorization": f"Bearer {a_token(KEY, scope='self', roles=['member'])}"}
    async with caller_of(sample_app()) as http:
        answers = [await _change(http, own) for _ in range(65)]
        stopped = answers[-1]
        reading = await http.get("/v1/whose", headers=own)

    assert 429 == stopped.status_code, {answer.status_code for answer in answers}
    check_problem(stopped)
    assert ("too-many-writes", 200) == (stopped.json()["code"], reading.status_code)
    assert int(stopped.headers["retry-after"]) >= 1


async def _change(http: httpx.AsyncClient, headers: dict[str, str]) -> httpx.Response:
    return await http.put("/v1/things/0198c0de-0000-7000-8000-00000000dead", json=GOOD.body, headers=headers)
