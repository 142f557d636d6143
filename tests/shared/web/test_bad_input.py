"""Whatever is sent, the answer is the right problem document and never a 500."""

import httpx
import pytest

from tests.shared.bad_input import (
    BadRequest,
    bad_authorization,
    bad_bodies,
    bad_headers,
    bad_keys,
    bad_targets,
    check_answer,
)
from tests.shared.web.sample import GOOD, WRITER

BAD = [
    *bad_bodies(GOOD),
    *bad_keys(GOOD),
    *bad_targets("/v1/things"),
    *bad_headers("/v1/things"),
    *bad_authorization("/v1/who"),
]


def test_there_is_enough_bad_input_and_no_two_alike() -> None:
    assert len(BAD) >= 150
    assert len({bad.name for bad in BAD}) == len(BAD)


@pytest.mark.parametrize("bad", BAD, ids=lambda bad: bad.name)
async def test_bad_input_is_refused(bad: BadRequest, http: httpx.AsyncClient) -> None:
    answer = await bad.send(http, WRITER)

    check_answer(bad, answer)


async def test_the_good_body_that_is_bent_is_good(http: httpx.AsyncClient) -> None:
    answer = await http.post(GOOD.path, json=GOOD.body, headers=WRITER)

    assert 201 == answer.status_code
