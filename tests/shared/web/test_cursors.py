"""Lists page by page."""

import base64
import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI

from shared.kernel.ids import new_id
from shared.trusted import AllowedHosts
from shared.web.cursors import Cursors
from shared.web.json.strict_json import Moment
from shared.web.problems import Problem
from tests.shared.bad_input import check_problem
from tests.shared.web.sample import caller_of, sample_app
from tests.shared.web.things import a_thing

PLACE = ("Ada", UUID("0198c0de-0000-7000-8000-000000000001"))
THINGS = Cursors("/v1/things")


def fill(app: FastAPI, count: int) -> list[str]:
    things = [a_thing(f"thing {number % 7}") for number in range(count)]
    app.state.shelf.things = {thing.thing_id: thing for thing in things}
    return [str(thing.thing_id) for thing in sorted(things, key=lambda thing: (thing.name, thing.thing_id))]


@pytest.mark.parametrize(
    ("values", "shape"),
    [
        (PLACE, tuple[str, UUID]),
        ((1, "é – 本"), tuple[int, str]),
        ((datetime(2026, 3, 1, 12, tzinfo=UTC), PLACE[1]), tuple[datetime, UUID]),
        ((None, 2.5, True), tuple[str | None, float, bool]),
        ((), tuple[()]),
    ],
)
def test_a_place_comes_back_as_it_was(values: tuple[Any, ...], shape: Any) -> None:
    cursor = THINGS.write(values)

    assert values == THINGS.read(cursor, shape)
    assert cursor.isascii()
    assert cursor.replace("-", "").replace("_", "").isalnum()


def test_what_has_no_order_has_no_place() -> None:
    with pytest.raises(TypeError):
        THINGS.write([object()])


def test_what_a_cursor_holds_is_plain_to_see() -> None:
    cursor = THINGS.write(PLACE)

    assert {"of": "/v1/things", "at": ["Ada", str(PLACE[1])], "way": [], "whole": True} == json.loads(
        base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    )


def _made_up(**differences: object) -> str:
    """A cursor as anybody can make it."""
    held = {"of": "/v1/things", "at": ["Ada", str(PLACE[1])], "way": [], "whole": True} | differences
    raw = json.dumps({name: value for name, value in held.items() if value is not None}).encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _bent() -> dict[str, str]:
    good = THINGS.write(PLACE)
    return {
        "empty": "",
        "cut": good[:-4],
        "doubled": good * 2,
        "padded": f"{good}==",
        "not base64": "§§§§",
        "other letters": good.replace("-", "+") + "/",
        "long": "A" * 10_000,
        "another list's": replace(THINGS, of="/v1/others").write(PLACE),
        "another shape's": THINGS.write(["Ada"]),
        "another order's": THINGS.write([PLACE[1], "Ada"]),
        "numbers for texts": THINGS.write([1, PLACE[1]]),
        "blanks": f" {good} ",
        "line break": f"{good}\n",
        "non-ASCII digits": "٣" * 8,
        "no JSON": base64.urlsafe_b64encode(b'{"of":').decode(),
        "no object": base64.urlsafe_b64encode(b"[[]]").decode().rstrip("="),
        "no place": _made_up(at=None),
        "a place that is no list": _made_up(at="Ada"),
        "a way of texts": _made_up(way=["Ada"]),
        "a longer way than ours": _made_up(way=[["Ada"]] * 11),
        "a number for a yes": _made_up(whole=1),
        "more than ours": _made_up(more=True),
        "no number": _made_up(way=[[float("nan")]]),
    }


@pytest.mark.parametrize("cursor", _bent().values(), ids=_bent().keys())
def test_what_is_not_a_cursor_of_this_list_is_refused(cursor: str) -> None:
    with pytest.raises(Problem) as refused:
        THINGS.read(cursor, tuple[str, UUID])

    assert (422, "invalid-cursor") == (refused.value.status_code, refused.value.code)


@pytest.mark.parametrize("text", ["2026-03-01T12:00:00", "0001-01-01T00:00:00+23:00", "9999-12-31T23:59:59Z", 1, "now"])
def test_a_moment_that_no_list_knows_is_no_place(text: object) -> None:
    cursor = THINGS.write([text, PLACE[1]])

    with pytest.raises(Problem) as refused:
        THINGS.read(cursor, tuple[Moment, UUID])

    assert (422, "invalid-cursor") == (refused.value.status_code, refused.value.code)


def test_a_moment_comes_back_in_utc() -> None:
    cursor = THINGS.write(["2026-03-01T13:00:00+01:00", PLACE[1]])

    assert (datetime(2026, 3, 1, 12, tzinfo=UTC), PLACE[1]) == THINGS.read(cursor, tuple[Moment, UUID])


async def test_a_cursor_works_at_its_own_address_alone(app: FastAPI, http: httpx.AsyncClient) -> None:
    fill(app, 5)
    cursor = (await http.get("/v1/things?limit=2")).json()["next_cursor"]

    assert 200 == (await http.get("/v1/things", params={"cursor": cursor})).status_code
    assert PLACE != THINGS.read(cursor, tuple[str, UUID])
    with pytest.raises(Problem):
        replace(THINGS, of="/v1/things/mine").read(cursor, tuple[str, UUID])


async def test_a_bad_cursor_is_a_problem_of_its_own(http: httpx.AsyncClient) -> None:
    answer = await http.get("/v1/things?cursor=bm9uc2Vuc2U")

    check_problem(answer)
    assert (422, "invalid-cursor") == (answer.status_code, answer.json()["code"])
    assert ("/cursor", "query") == (answer.json()["errors"][0]["pointer"], answer.json()["errors"][0]["in"])


async def test_following_the_links_shows_everything_once_and_in_order(app: FastAPI, http: httpx.AsyncClient) -> None:
    expected = fill(app, 45)
    seen: list[str] = []
    address: str | None = "/v1/things?limit=10&q=x"

    while address:
        answer = await http.get(address)
        seen += [thing["thing_id"] for thing in answer.json()["items"]]
        address = answer.links.get("next", {}).get("url")
        if address:
            query = parse_qs(urlsplit(address).query)
            assert (["10"], ["x"], [answer.json()["next_cursor"]]) == (query["limit"], query["q"], query["cursor"])

    assert expected == seen
    assert answer.json()["next_cursor"] is None


@pytest.mark.parametrize(("query", "count"), [("", 20), ("?limit=1", 1), ("?limit=100", 100)])
async def test_a_page_holds_what_was_asked_for(app: FastAPI, http: httpx.AsyncClient, query: str, count: int) -> None:
    fill(app, 120)

    assert count == len((await http.get(f"/v1/things{query}")).json()["items"])


async def test_an_exactly_full_page_is_the_last_one(app: FastAPI, http: httpx.AsyncClient) -> None:
    fill(app, 10)

    answer = await http.get("/v1/things?limit=10")

    assert (10, None) == (len(answer.json()["items"]), answer.json()["next_cursor"])
    assert {"first"} == answer.links.keys()


async def test_what_was_asked_for_is_kept_in_the_link_with_its_special_letters(
    app: FastAPI, http: httpx.AsyncClient
) -> None:
    fill(app, 5)

    answer = await http.get("/v1/things", params={"limit": "1", "q": "é&=<>;", "label": ["a b", "c"]})

    query = parse_qs(urlsplit(answer.links["next"]["url"]).query)
    assert (["é&=<>;"], ["a b", "c"]) == (query["q"], query["label"])


async def test_a_thing_that_comes_or_goes_between_two_pages_shifts_nothing(
    app: FastAPI, http: httpx.AsyncClient
) -> None:
    things = [a_thing(name) for name in "abcdef"]
    app.state.shelf.things = {thing.thing_id: thing for thing in things}
    first = (await http.get("/v1/things?limit=3")).json()

    app.state.shelf.things.pop(things[1].thing_id)
    newcomer = a_thing("aa", thing_id=new_id())
    app.state.shelf.things[newcomer.thing_id] = newcomer
    second = (await http.get("/v1/things", params={"limit": 3, "cursor": first["next_cursor"]})).json()

    assert ["d", "e", "f"] == [thing["name"] for thing in second["items"]]


async def _pages(http: httpx.AsyncClient, address: str, rel: str) -> list[list[str]]:
    """Return the ids on each page from `address` on, following one kind of link."""
    pages = []
    while address:
        answer = await http.get(address)
        pages.append([thing["thing_id"] for thing in answer.json()["items"]])
        address = answer.links.get(rel, {}).get("url", "")
    return pages


async def test_the_links_lead_back_page_by_page_to_the_first(app: FastAPI, http: httpx.AsyncClient) -> None:
    fill(app, 8 * 3)
    address, last = "/v1/things?limit=3", ""
    while address:
        last, address = address, (await http.get(address)).links.get("next", {}).get("url", "")

    forth, back = await _pages(http, "/v1/things?limit=3", "next"), await _pages(http, last, "prev")

    assert 8 == len(forth)
    assert forth == back[::-1]


async def test_a_cursor_knows_the_way_back_over_ten_pages_and_stays_short(
    app: FastAPI, http: httpx.AsyncClient
) -> None:
    fill(app, 60)
    forth = ["/v1/things?limit=1"]
    while address := (await http.get(forth[-1])).links.get("next", {}).get("url", ""):
        assert len(address) < 1_500
        forth.append(address)

    back = await _pages(http, forth[-1], "prev")
    first = (await http.get(forth[-1])).links["first"]["url"]

    assert (60, 11) == (len(forth), len(back))
    assert "prev" not in (await http.get(first)).links
    assert (await http.get(forth[0])).json() == (await http.get(first)).json()


def test_a_long_place_leaves_room_for_fewer_pages_back() -> None:
    cursor = THINGS.write(["x" * 300])
    for letter in "abc":
        cursor = THINGS.write([letter * 300], behind=cursor)

    before = THINGS.before(cursor)

    assert len(cursor) < 1_500
    assert ("b" * 300,) == THINGS.read(before or "", tuple[str])
    assert THINGS.before(before or "") is None


@pytest.mark.parametrize("host", ["things.test", "north.branch.test:8443"])
async def test_links_are_absolute_on_a_host_that_the_operator_listed(host: str) -> None:
    app = sample_app(allowed_hosts=AllowedHosts.read("things.test,*.branch.test"), root_path="/shown")
    fill(app, 3)
    async with caller_of(app) as http:
        answer = await http.get("/v1/things?limit=1", headers={"host": host})

    shown = f"http://{host}/shown/v1/things"
    assert answer.links["next"]["url"].startswith(f"{shown}?limit=1&cursor=")
    assert f"{shown}?limit=1" == answer.links["first"]["url"]


async def test_links_are_paths_where_nobody_vouches_for_the_host(app: FastAPI, http: httpx.AsyncClient) -> None:
    fill(app, 3)

    answer = await http.get("/v1/things?limit=1", headers={"host": "evil.example", "x-forwarded-host": "evil.example"})

    assert "/v1/things?limit=1" == answer.links["first"]["url"]
    assert "evil" not in answer.headers["link"]
