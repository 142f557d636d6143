"""Questions that go together: who waits for whom, who does not, and what each hears."""

import asyncio
import json
from collections.abc import Sequence

import httpx
import pytest

from shared import context
from shared.kernel.errors import NeighbourUnavailable, NotFound
from shared.outgoing_http import Gathered, NeighbourClient
from shared.outgoing_http.gathering import MOST_PAUSES, MOST_TOGETHER, MOST_WAITING
from tests.shared.outgoing_http.sick_server import SickServer, answers, hangs

LONG = 3600.0


class Neighbour:
    """Doubles numbers, knows none below zero, and answers each request when it is let."""

    def __init__(self) -> None:
        self.asked: list[list[int]] = []
        self.contexts: list[context.RequestContext | None] = []
        self._answered: list[asyncio.Event] = []
        self._news = asyncio.Event()
        self.failing: Exception | None = None

    async def ask(self, numbers: Sequence[int]) -> list[int | Exception]:
        self.asked.append(list(numbers))
        self.contexts.append(context.current())
        answered = asyncio.Event()
        self._answered.append(answered)
        self._news.set()
        await answered.wait()
        if self.failing is not None:
            raise self.failing
        return [NotFound(f"no {number}") if number < 0 else 2 * number for number in numbers]

    async def has_been_asked(self, times: int) -> None:
        while len(self.asked) < times:
            self._news.clear()
            await self._news.wait()

    def answer(self, number: int) -> None:
        self._answered[number].set()


@pytest.fixture
def neighbour() -> Neighbour:
    return Neighbour()


@pytest.fixture
def gathered(neighbour: Neighbour, monkeypatch: pytest.MonkeyPatch) -> Gathered[int, int]:
    monkeypatch.setattr("shared.outgoing_http.gathering.OVERDUE", LONG)
    return Gathered(neighbour.ask, neighbour="numbers")


def asking(gathered: Gathered[int, int], *numbers: int) -> list[asyncio.Task[int]]:
    async def ask(number: int) -> int:
        return await gathered(number)

    return [asyncio.create_task(ask(number)) for number in numbers]


async def test_a_question_goes_at_once_and_alone(neighbour: Neighbour, gathered: Gathered[int, int]) -> None:
    (one,) = asking(gathered, 1)
    await neighbour.has_been_asked(1)
    neighbour.answer(0)

    assert 2 == await one
    assert [[1]] == neighbour.asked


async def test_those_that_come_meanwhile_go_together(neighbour: Neighbour, gathered: Gathered[int, int]) -> None:
    first = asking(gathered, 1)
    await neighbour.has_been_asked(1)
    rest = asking(gathered, 2, 3, 4)
    await asyncio.sleep(0)

    assert [[1]] == neighbour.asked
    neighbour.answer(0)
    await neighbour.has_been_asked(2)
    neighbour.answer(1)

    assert [2, 4, 6, 8] == await asyncio.gather(*first, *rest)
    assert [[1], [2, 3, 4]] == neighbour.asked


async def test_each_has_a_refusal_of_its_own(neighbour: Neighbour, gathered: Gathered[int, int]) -> None:
    tasks = asking(gathered, 1)
    await neighbour.has_been_asked(1)
    tasks += asking(gathered, -2, 3, -4)
    await asyncio.sleep(0)
    neighbour.answer(0)
    await neighbour.has_been_asked(2)
    neighbour.answer(1)

    told = await asyncio.gather(*tasks, return_exceptions=True)

    assert [2, "no -2", 6, "no -4"] == [str(each) if isinstance(each, NotFound) else each for each in told]


async def test_no_more_than_a_hundred_go_together(neighbour: Neighbour, gathered: Gathered[int, int]) -> None:
    tasks = asking(gathered, *range(1 + 2 * MOST_TOGETHER + 7))
    for number in range(4):
        await neighbour.has_been_asked(number + 1)
        neighbour.answer(number)

    assert [2 * number for number in range(len(tasks))] == await asyncio.gather(*tasks)
    assert [1, MOST_TOGETHER, MOST_TOGETHER, 7] == [len(asked) for asked in neighbour.asked]


async def test_a_request_that_hangs_holds_back_nobody_else(
    neighbour: Neighbour, gathered: Gathered[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.outgoing_http.gathering.OVERDUE", 0.01)
    hanging, *later = asking(gathered, 1, 2, 3)  # in one breath, or the first might be overdue before the others ask

    await neighbour.has_been_asked(2)
    neighbour.answer(1)

    assert [4, 6] == await asyncio.gather(*later)
    latest = asking(gathered, 4)
    await neighbour.has_been_asked(3)  # at once: nobody waits any more for what is overdue
    neighbour.answer(2)
    neighbour.answer(0)
    assert [2, 8] == await asyncio.gather(hanging, *latest)
    assert [[1], [2, 3], [4]] == neighbour.asked


async def test_a_failure_is_heard_by_all_who_asked_and_by_nobody_later(
    neighbour: Neighbour, gathered: Gathered[int, int]
) -> None:
    tasks = asking(gathered, 1)
    await neighbour.has_been_asked(1)
    neighbour.failing = NeighbourUnavailable("Asleep.")
    neighbour.answer(0)
    with pytest.raises(NeighbourUnavailable):
        await tasks[0]
    tasks = asking(gathered, 2)
    await neighbour.has_been_asked(2)
    neighbour.failing = None
    neighbour.answer(1)

    assert 4 == await tasks[0]


async def test_fewer_answers_than_questions_are_a_failure(gathered: Gathered[int, int]) -> None:
    async def one_answer(_: Sequence[int]) -> list[int | Exception]:
        return []

    with pytest.raises(ValueError, match="shorter"):
        await Gathered(one_answer, neighbour="numbers")(1)


async def test_everybody_waits_no_longer_than_its_own_deadline(
    neighbour: Neighbour, gathered: Gathered[int, int]
) -> None:
    first = asking(gathered, 1)
    await neighbour.has_been_asked(1)
    with context.working_on(context.new_context(seconds=60)):
        patient = asking(gathered, 2)
    with context.working_on(context.new_context(seconds=0.06)):
        hurried = asking(gathered, 3)
    await asyncio.sleep(0)
    neighbour.answer(0)
    await neighbour.has_been_asked(2)

    with pytest.raises(NeighbourUnavailable, match="in time"):
        await hurried[0]
    neighbour.answer(1)

    assert [2, 4] == await asyncio.gather(*first, *patient)


async def test_a_request_lasts_as_long_as_the_most_patient_would_wait_and_belongs_to_the_first(
    neighbour: Neighbour, gathered: Gathered[int, int]
) -> None:
    tasks = asking(gathered, 1)
    await neighbour.has_been_asked(1)
    contexts = [context.new_context(request_id=f"r{seconds}", seconds=seconds) for seconds in (20, 60, 40)]
    for each in contexts:
        with context.working_on(each):
            tasks += asking(gathered, 2)
    await asyncio.sleep(0)
    neighbour.answer(0)
    await neighbour.has_been_asked(2)
    tasks += asking(gathered, 3)  # without a deadline
    await asyncio.sleep(0)
    neighbour.answer(1)
    await neighbour.has_been_asked(3)
    neighbour.answer(2)
    await asyncio.gather(*tasks)

    alone, together, last = neighbour.contexts
    assert together is not None
    assert alone is not None
    assert last is not None
    assert ("r20", contexts[0].trace_id, contexts[1].deadline) == (
        together.request_id,
        together.trace_id,
        together.deadline,
    )
    assert (None, None) == (alone.deadline, last.deadline)


async def test_with_hardly_any_time_left_nothing_is_asked(neighbour: Neighbour, gathered: Gathered[int, int]) -> None:
    with (
        context.working_on(context.new_context(seconds=0.04)),
        pytest.raises(NeighbourUnavailable, match="too late"),
    ):
        await gathered(1)

    assert [] == neighbour.asked


async def test_who_left_meanwhile_is_not_asked_for(neighbour: Neighbour, gathered: Gathered[int, int]) -> None:
    first = asking(gathered, 1)
    await neighbour.has_been_asked(1)
    gone, stays = asking(gathered, 2, 3)
    await asyncio.sleep(0)
    gone.cancel()
    await asyncio.gather(gone, return_exceptions=True)
    neighbour.answer(0)
    await neighbour.has_been_asked(2)
    neighbour.answer(1)

    assert [2, 6] == await asyncio.gather(*first, stays)
    assert [[1], [3]] == neighbour.asked


async def test_who_leaves_on_the_way_takes_nobody_along(neighbour: Neighbour, gathered: Gathered[int, int]) -> None:
    first = asking(gathered, 1)
    await neighbour.has_been_asked(1)
    gone, stays = asking(gathered, 2, 3)
    await asyncio.sleep(0)
    neighbour.answer(0)
    await neighbour.has_been_asked(2)
    gone.cancel()
    await asyncio.gather(gone, return_exceptions=True)
    neighbour.answer(1)

    assert [2, 6] == await asyncio.gather(*first, stays)


async def test_many_who_ask_and_leave_at_random_leave_no_request_behind(gathered: Gathered[int, int]) -> None:
    async def double(numbers: Sequence[int]) -> list[int | Exception]:
        await asyncio.sleep(0)
        return [2 * number for number in numbers]

    gathered = Gathered(double, neighbour="numbers")
    for number in range(200):
        tasks = asking(gathered, *range(20))
        for _ in range(number % 4):
            await asyncio.sleep(0)
        for task in tasks[number % 7 :: 3]:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async with asyncio.timeout(20):
        assert [0, 2, 4] == await asyncio.gather(*asking(gathered, 0, 1, 2))


async def test_beside_a_slow_neighbour_only_so_many_wait_with_a_slot_of_their_own(
    neighbour: Neighbour, gathered: Gathered[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.outgoing_http.gathering.LONG_WAIT", LONG)
    with context.working_on(context.new_context(seconds=LONG)):
        asked = asking(gathered, *range(2 * MOST_WAITING))
        await neighbour.has_been_asked(1)

        monkeypatch.setattr("shared.outgoing_http.gathering.LONG_WAIT", 0)
        with pytest.raises(NeighbourUnavailable, match="too many"):
            await gathered(1000)
    nobody_waits_for = asking(gathered, 1001)
    await asyncio.sleep(0)
    neighbour.answer(0)
    await neighbour.has_been_asked(2)
    neighbour.answer(1)

    assert [*range(0, 4 * MOST_WAITING, 2), 2002] == await asyncio.gather(*asked, *nobody_waits_for)
    (later,) = asking(gathered, 5)
    await neighbour.has_been_asked(3)
    neighbour.answer(2)
    assert 10 == await later


async def test_over_http_a_hanging_request_holds_back_nobody_and_is_counted_once(server: SickServer) -> None:
    client = NeighbourClient(base_url=server.url, neighbour="things", timeout=20)

    async def ask_together(numbers: Sequence[int]) -> list[int | Exception]:
        response = await client.ask("/numbers", {"numbers": numbers})
        return [int(response.headers["x-answer"]) for _ in numbers]

    server.behaves(hangs, answers(200, b"{}", X_Answer="7"))
    gathered: Gathered[int, int] = Gathered(ask_together, neighbour="things")
    hanging = asking(gathered, 1)
    while not server.requests:
        await asyncio.sleep(0.001)

    later = await asyncio.gather(*asking(gathered, 2, 3))
    hanging[0].cancel()
    await asyncio.gather(*hanging, return_exceptions=True)
    await client.aclose()

    assert [7, 7] == later
    assert [[1], [2, 3]] == [json.loads(request.body)["numbers"] for request in server.requests]
    assert "application/json" == server.requests[0].headers["content-type"]


async def test_a_question_by_post_is_tried_again(server: SickServer) -> None:
    client = NeighbourClient(base_url=server.url, neighbour="things")
    server.behaves(answers(503), answers(200))

    response = await client.ask("/numbers", {"numbers": [1]})
    await client.aclose()

    assert httpx.codes.OK == response.status_code
    assert 2 == len(server.requests)


async def test_after_a_request_for_several_the_next_one_waits_a_moment_for_company(
    neighbour: Neighbour, gathered: Gathered[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.outgoing_http.gathering.PAUSE", LONG / MOST_PAUSES)
    tasks = asking(gathered, 1)
    await neighbour.has_been_asked(1)
    tasks += asking(gathered, 2, 3)
    await asyncio.sleep(0)
    neighbour.answer(0)
    await neighbour.has_been_asked(2)  # at once: the one before was for a single question
    neighbour.answer(1)
    await asyncio.gather(*tasks)

    late = asking(gathered, 4)
    await asyncio.sleep(0.01)

    assert [[1], [2, 3]] == neighbour.asked
    for task in late:
        task.cancel()
