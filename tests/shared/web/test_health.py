"""Alive, ready, and what is wrong if not."""

import asyncio

import httpx
import pytest

from shared.web.health import Check, Readiness
from tests.shared.bad_input import check_problem
from tests.shared.stores import eventually
from tests.shared.web.sample import caller_of, sample_app


class Part:
    """Something that readiness depends on; counts how often it was asked."""

    def __init__(self, *, well: bool = True) -> None:
        self.well = well
        self.asked = 0

    async def probe(self) -> None:
        self.asked += 1
        if not self.well:
            raise ConnectionError("secret host name")


async def ask(*checks: Check, path: str = "/health/ready") -> httpx.Response:
    async with caller_of(sample_app(readiness=checks)) as http:
        return await http.get(path)


async def test_a_process_that_answers_is_alive_whatever_else_is_down() -> None:
    answer = await ask(Check("database", Part(well=False).probe), path="/health/live")

    assert (200, {"status": "alive"}) == (answer.status_code, answer.json())


async def test_ready_when_everything_is_well() -> None:
    answer = await ask(Check("database", Part().probe), Check("keys", Part().probe))

    assert (200, {"status": "ready", "checks": {"database": "ok", "keys": "ok"}}) == (
        answer.status_code,
        answer.json(),
    )


async def test_not_ready_names_the_part_that_fails_and_no_more() -> None:
    answer = await ask(Check("database", Part(well=False).probe), Check("keys", Part().probe))

    check_problem(answer)
    assert (503, "not-ready", "1") == (answer.status_code, answer.json()["code"], answer.headers["retry-after"])
    assert {"database": "failing", "keys": "ok"} == answer.json()["checks"]
    assert "database" in answer.json()["detail"]
    assert "secret" not in answer.text


async def test_who_has_been_ready_stays_so_and_says_what_is_away() -> None:
    part = Part(well=False)
    readiness = Readiness([Check("database", part.probe), Check("keys", Part().probe)], remember=-1.0)

    found = [await readiness.down()]
    for part.well in (True, False):
        found.append(await readiness.down())

    assert [["database"], [], []] == found
    assert {"database"} == await readiness.failing()


async def test_a_service_that_has_been_ready_answers_so_while_its_database_is_away() -> None:
    part = Part()
    app = sample_app(readiness=[Check("database", part.probe), Check("broker", Part(well=False).probe, required=False)])
    async with caller_of(app) as http:
        before = await http.get("/health/ready")
        part.well = False

        async def it_is_seen() -> bool:  # what was seen is remembered for a second
            answer = await http.get("/health/ready")
            return (200, "failing") == (answer.status_code, answer.json()["checks"]["database"])

        await eventually(it_is_seen)

    assert "degraded" == before.json()["status"]


async def test_what_is_not_required_only_degrades() -> None:
    answer = await ask(Check("database", Part().probe), Check("broker", Part(well=False).probe, required=False))

    assert (200, "degraded") == (answer.status_code, answer.json()["status"])
    assert "failing" == answer.json()["checks"]["broker"]


async def test_a_part_that_does_not_answer_in_time_fails() -> None:
    async def hang() -> None:
        await asyncio.Event().wait()

    failing = await Readiness([Check("database", hang)], timeout=0.01).failing()

    assert {"database"} == failing


async def test_many_who_ask_at_once_cause_one_look() -> None:
    part = Part()
    readiness = Readiness([Check("database", part.probe)])

    await asyncio.gather(*(readiness.failing() for _ in range(50)))

    assert 1 == part.asked


@pytest.mark.parametrize("well", [True, False])
async def test_what_was_found_is_forgotten_soon(well: bool) -> None:
    part = Part(well=well)
    readiness = Readiness([Check("database", part.probe)], remember=0.0)
    await readiness.failing()

    part.well = not well
    await asyncio.sleep(0.001)

    assert (set() if part.well else {"database"}) == await readiness.failing()
