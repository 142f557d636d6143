"""Versions: what the client has need not be sent again, and nobody overwrites what he has not seen."""

import asyncio
from dataclasses import replace
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI

from shared.kernel.errors import OutOfDate
from shared.kernel.ids import new_id
from shared.web.etags import Precondition, etag
from shared.web.problems import Problem
from tests.shared.bad_input import check_problem
from tests.shared.web.sample import GOOD, WRITER
from tests.shared.web.things import Shelf, a_thing


@pytest.fixture
def shelf(app: FastAPI) -> Shelf:
    shelf: Shelf = app.state.shelf
    return shelf


@pytest.fixture
def address(shelf: Shelf) -> str:
    """The address of a thing of version 3."""
    thing = a_thing(version=3)
    shelf.things[thing.thing_id] = thing
    return f"/v1/things/{thing.thing_id}"


async def change(http: httpx.AsyncClient, address: str, *tags: str) -> httpx.Response:
    return await http.put(address, json=GOOD.body, headers=[("If-Match", tag) for tag in tags])


def test_a_tag_is_strong_and_is_the_version() -> None:
    assert '"17"' == etag(17)


async def test_a_single_thing_is_tagged(http: httpx.AsyncClient, address: str) -> None:
    assert '"3"' == (await http.get(address)).headers["etag"]


@pytest.mark.parametrize("given", ['"3"', 'W/"3"', '"1", "3"', "*", ' "3" ', '"1",W/"3"'])
async def test_what_the_client_has_is_not_sent_again(http: httpx.AsyncClient, address: str, given: str) -> None:
    answer = await http.get(address, headers={"If-None-Match": given})

    assert (304, b"", '"3"') == (answer.status_code, answer.content, answer.headers["etag"])
    assert not {"content-type", "content-length"} & answer.headers.keys()
    assert "nosniff" == answer.headers["x-content-type-options"]


@pytest.mark.parametrize("given", ['"2"', '"33"', "3", '"3', "", '"1", "2"', "garbage", '"3x"'])
async def test_another_version_is_sent(http: httpx.AsyncClient, address: str, given: str) -> None:
    assert 200 == (await http.get(address, headers={"If-None-Match": given})).status_code


async def test_a_change_must_name_the_version_that_it_changes(http: httpx.AsyncClient, address: str) -> None:
    answer = await change(http, address)

    check_problem(answer)
    assert (428, "if-match-required") == (answer.status_code, answer.json()["code"])


@pytest.mark.parametrize("tag", ['"3"', "*", ' "3" ', '"2", "3"', '"3","1"', 'W/"9", "3"', '"3", "of-others"'])
async def test_the_present_version_can_be_changed(http: httpx.AsyncClient, address: str, tag: str) -> None:
    answer = await change(http, address, tag)

    assert (200, '"4"') == (answer.status_code, answer.headers["etag"])


@pytest.mark.parametrize(
    "tag", ['"2"', '"4"', '"1", "2"', '"2", W/"3"', 'W/"3"', '"abc"', '""', '"999999999999999999999"', '"-3"', '"3 "']
)
async def test_any_other_version_is_out_of_date(http: httpx.AsyncClient, address: str, tag: str) -> None:
    answer = await change(http, address, tag)

    if tag == '"3 "':
        assert 400 == answer.status_code  # a blank may not stand in a tag
    else:
        check_problem(answer)
        assert (412, "out-of-date") == (answer.status_code, answer.json()["code"])


@pytest.mark.parametrize("tags", [("3",), ('"3',), ("garbage",), ('"2", 3',), ('"2"', "*"), ("\xff",), ('"\xff"',)])
async def test_what_is_no_tag_is_refused(http: httpx.AsyncClient, address: str, tags: tuple[str, ...]) -> None:
    raw = [(b"If-Match", tag.encode("latin-1")) for tag in tags]

    answer = await http.put(address, json=GOOD.body, headers=raw)

    check_problem(answer)
    assert (400, "invalid-if-match") == (answer.status_code, answer.json()["code"])


@pytest.mark.parametrize(("is_sent", "outcome"), [(True, OutOfDate), (False, Problem)])
def test_what_is_there_already_is_changed_only_by_naming_its_version(is_sent: bool, outcome: type[Exception]) -> None:
    with pytest.raises(outcome), Precondition(0, is_sent=is_sent).needed_for_what_is_there():
        raise OutOfDate("Somebody else made it meanwhile.")


async def test_of_two_who_change_the_same_version_one_succeeds(http: httpx.AsyncClient, shelf: Shelf) -> None:
    lost = 0
    for _ in range(100):
        thing = a_thing(version=5)
        shelf.things[thing.thing_id] = thing
        address = f"/v1/things/{thing.thing_id}"

        answers = await asyncio.gather(change(http, address, '"5"'), change(http, address, '"5"'))

        lost += [200, 412] != sorted(answer.status_code for answer in answers)
    assert 0 == lost


async def test_what_is_not_there_is_not_found_whatever_the_client_has(http: httpx.AsyncClient) -> None:
    nobody: UUID = new_id()

    assert 404 == (await http.get(f"/v1/things/{nobody}", headers={"If-None-Match": "*"})).status_code


async def test_a_page_that_has_not_changed_is_not_sent_again(app: FastAPI, http: httpx.AsyncClient) -> None:
    things = [a_thing(name, thing_id=new_id()) for name in "abc"]
    app.state.shelf.things = {thing.thing_id: thing for thing in things}
    first = await http.get("/v1/things?limit=2")
    tag = first.headers["etag"]

    again = await http.get("/v1/things?limit=2", headers={"If-None-Match": f'"other", {tag}'})
    other_page = await http.get("/v1/things?limit=1", headers={"If-None-Match": tag})
    app.state.shelf.things[things[1].thing_id] = replace(things[1], version=2)
    changed = await http.get("/v1/things?limit=2", headers={"If-None-Match": tag})

    assert tag.startswith('W/"')
    assert (304, b"", tag) == (again.status_code, again.content, again.headers["etag"])
    assert "content-type" not in again.headers
    assert [200, 200] == [other_page.status_code, changed.status_code]
    assert tag != changed.headers["etag"]


async def test_a_page_has_the_same_tag_compressed_and_as_it_is(app: FastAPI, http: httpx.AsyncClient) -> None:
    things = [a_thing(f"Lamp {number:03}", thing_id=new_id()) for number in range(50)]
    app.state.shelf.things = {thing.thing_id: thing for thing in things}

    zipped = await http.get("/v1/things?limit=50")
    plain = await http.get("/v1/things?limit=50", headers={"Accept-Encoding": "identity"})
    known = await http.get("/v1/things?limit=50", headers={"If-None-Match": zipped.headers["etag"]})

    assert "gzip" == zipped.headers["content-encoding"]
    assert plain.headers["etag"] == zipped.headers["etag"]
    assert 304 == known.status_code


async def test_the_tag_of_a_list_changes_nothing(http: httpx.AsyncClient) -> None:
    made = (await http.post("/v1/things", json={"name": "A lamp", "count": 1}, headers=WRITER)).json()
    tag = (await http.get("/v1/things")).headers["etag"]

    answer = await http.put(f"/v1/things/{made['thing_id']}", json={"name": "b", "count": 1}, headers={"If-Match": tag})

    assert 412 == answer.status_code
