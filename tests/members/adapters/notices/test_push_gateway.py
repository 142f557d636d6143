"""A gateway for short messages takes each once: what it answers says whether it is tried again."""

from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID

import httpx
import pytest

from members_service.adapters.notices.push_gateway import HttpPushGateway
from members_service.application.notices.ports import NotClaimed
from members_service.domain.notices.message import Attempt, Outcome, Phase

ID = UUID("0193c2f4-0000-7000-8000-000000000001")
Answer = Callable[[httpx.Request], httpx.Response]


async def hand_over(answer: Answer, *, is_ours: bool = True) -> Attempt:
    async def begin_data() -> bool:
        return is_ours

    gateway = HttpPushGateway("https://gateway.example/send", bytes(32), transport=httpx.MockTransport(answer))
    try:
        at = datetime(2026, 11, 30, 10, tzinfo=UTC)
        return await gateway.send(ID, "+49 170 1", "Emma is ready.", "en", at=at, begin_data=begin_data)
    finally:
        await gateway.aclose()


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        *((status, Outcome.ACCEPTED) for status in (200, 202, 204)),
        *((status, Outcome.DEFERRED) for status in (408, 429, 500, 503)),
        *((status, Outcome.BAD_ADDRESS) for status in (404, 410, 422)),
        *((status, Outcome.REFUSED) for status in (301, 400, 401, 403)),
    ],
)
async def test_the_answer_of_the_gateway_decides(status: int, outcome: Outcome) -> None:
    attempt = await hand_over(lambda _: httpx.Response(status))

    assert (outcome, Phase.DATA, status) == (attempt.outcome, attempt.phase, attempt.code)


def _fails(error: type[httpx.HTTPError]) -> Answer:
    def answer(request: httpx.Request) -> httpx.Response:
        raise error("gone", request=request)  # type: ignore[call-arg]  # each that is raised here takes it

    return answer


async def test_what_was_never_sent_is_tried_again_and_what_was_not_answered_is_uncertain() -> None:
    never, perhaps = await hand_over(_fails(httpx.ConnectError)), await hand_over(_fails(httpx.ReadTimeout))

    assert (Outcome.DEFERRED, Phase.BEFORE, True) == (never.outcome, never.phase, never.is_about_server)
    assert (Outcome.UNANSWERED, Phase.DATA) == (perhaps.outcome, perhaps.phase)


async def test_nothing_is_sent_of_what_is_somebody_elses_by_then() -> None:
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(202)

    with pytest.raises(NotClaimed):
        await hand_over(answer, is_ours=False)

    assert [] == asked
