"""What is compressed, for whom, and what never is."""

import gzip

import httpx
import pytest
from fastapi import FastAPI

from shared.web.edge.compression import Packed, takes_gzip
from tests.shared.web.sample import WRITER
from tests.shared.web.things import Shelf, a_thing


@pytest.mark.parametrize(
    "accepted", ["gzip", "br, gzip", "GZIP;q=0.5, br", "deflate , gzip ; q=1", "*", "br;q=1, *;q=0.1"]
)
def test_a_client_may_take_gzip(accepted: str) -> None:
    assert takes_gzip(accepted)


@pytest.mark.parametrize(
    "accepted", ["", "br", "gzip;q=0", "gzip; q=0.000", "x-gzipped", "identity, *;q=0", "gzip" * 500]
)
def test_a_client_may_not_take_gzip(accepted: str) -> None:
    assert not takes_gzip(accepted)


@pytest.fixture
def shelf(app: FastAPI) -> Shelf:
    found: Shelf = app.state.shelf
    found.things.update({thing.thing_id: thing for thing in (a_thing(f"Lamp {number:03}") for number in range(90))})
    return found


async def test_a_long_list_is_compressed_for_who_takes_it(http: httpx.AsyncClient, shelf: Shelf) -> None:
    zipped = await http.get("/v1/things?limit=90")
    plain = await http.get("/v1/things?limit=90", headers={"Accept-Encoding": "gzip;q=0"})

    assert "gzip" == zipped.headers["content-encoding"]
    assert "content-encoding" not in plain.headers
    assert zipped.json() == plain.json()
    assert int(zipped.headers["content-length"]) < len(plain.content) / 4
    for answer in (zipped, plain):
        assert "Accept-Encoding" in ", ".join(answer.headers.get_list("vary"))


async def test_a_short_list_goes_out_as_it_is(http: httpx.AsyncClient) -> None:
    assert "content-encoding" not in (await http.get("/v1/things")).headers


async def test_an_answer_to_head_says_what_get_would_have_said(http: httpx.AsyncClient, shelf: Shelf) -> None:
    answer = await http.head("/v1/things?limit=90")

    assert ("gzip", b"") == (answer.headers["content-encoding"], answer.content)


async def test_what_has_an_entity_tag_is_not_compressed(http: httpx.AsyncClient) -> None:
    body = {"name": "A lamp", "count": 1, "notes": "x" * 2_000}
    made = await http.post("/v1/things", json=body, headers=WRITER)

    answer = await http.get(made.headers["location"])

    assert "etag" in answer.headers
    for each in (made, answer):
        assert "content-encoding" not in each.headers


def test_what_does_not_get_shorter_is_not_packed() -> None:
    content = gzip.compress(bytes(range(256)), 9)

    assert content is Packed.of(content).zipped
