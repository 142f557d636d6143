"""Cursors: each list has its own, and no list takes what was not made for it."""

import pytest

from shared.kernel.ids import new_id
from shared.web.cursors import Cursors
from tests.loans.api.conftest import ADAS, ADMIN, Service

LISTS = {
    "/v1/loans": ADMIN,
    "/v1/loans/mine": ADAS,
    "/v1/holds": ADMIN,
    "/v1/holds/mine": ADAS,
    "/v1/fines": ADMIN,
    "/v1/fines/mine": ADAS,
    "/v1/circulation-statuses": ADMIN,
}
IN_ORDER = ("/v1/loans", "/v1/loans/mine")
"""Lists whose cursors name the order that was asked for."""

NO_MOMENTS = ("2026-03-01T12:00:00", "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "now", 1, None)


def in_list(path: str, cursor: str) -> str:
    return f"{path}?{'status=in_transit&' if path == '/v1/circulation-statuses' else ''}cursor={cursor}"


def a_place(path: str, moment: object) -> list[object]:
    return [*(["-checked_out_at"] if path in IN_ORDER else []), moment, str(new_id())]


@pytest.mark.parametrize("path", LISTS)
async def test_what_is_no_moment_is_no_place(service: Service, path: str) -> None:
    made_up = [Cursors(path).write(a_place(path, moment)) for moment in NO_MOMENTS]

    answers = [await service.get(in_list(path, cursor), LISTS[path]) for cursor in made_up]

    assert {(422, "invalid-cursor")} == {(answer.status_code, answer.json()["code"]) for answer in answers}


async def test_the_cursor_of_one_list_is_refused_by_every_other(service: Service) -> None:
    moment = "2026-03-01T12:00:00+00:00"

    answers = {
        (mine, other): (
            await service.get(in_list(other, Cursors(mine).write(a_place(other, moment))), LISTS[other])
        ).status_code
        for mine in LISTS
        for other in LISTS
    }

    assert {200} == {status for (mine, other), status in answers.items() if mine == other}
    assert {422} == {status for (mine, other), status in answers.items() if mine != other}
