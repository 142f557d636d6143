"""Every kernel error has one form over HTTP."""

import json
from datetime import timedelta
from enum import StrEnum
from typing import Any, Literal

import httpx
import pytest
from fastapi import FastAPI
from pydantic import TypeAdapter, ValidationError

from shared.kernel.errors import Conflict, InvalidValue, NotFound, Refused, refusals_of, refuses
from shared.web.problems import MEDIA_TYPE, invalid_fields, pointer_to, refusals, refused_by, title_of
from tests.shared.bad_input import check_problem
from tests.shared.web.things import NoRoom, NoSuchThing, TooHeavy


async def problem(http: httpx.AsyncClient, kind: str) -> dict[str, Any]:
    answer = await http.get(f"/v1/failures/{kind}")
    check_problem(answer)
    told: dict[str, Any] = answer.json()
    return told


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [
        ("not-found", 404, "not-found"),
        ("conflict", 409, "no-room"),
        ("refused", 422, "too-heavy"),
        ("invalid", 422, "invalid-value"),
        ("not-allowed", 403, "forbidden"),
        ("out-of-date", 412, "out-of-date"),
        ("long-ago", 401, "proved-too-long-ago"),
        ("too-many", 429, "too-many-requests"),
        ("unavailable", 503, "unavailable"),
        ("neighbour", 503, "neighbour-unavailable"),
        ("plain", 422, "error"),
    ],
)
async def test_the_category_decides_the_status(http: httpx.AsyncClient, kind: str, status: int, code: str) -> None:
    told = await problem(http, kind)

    assert (status, code) == (told["status"], told["code"])
    assert f"/problems/{code}" == told["type"]
    assert f"/v1/failures/{kind}" == told["instance"]


async def test_a_refusal_brings_its_figures_twice(http: httpx.AsyncClient) -> None:
    told = await problem(http, "conflict")

    assert 2 == told["room"]
    assert [{"code": "no-room", "detail": "There is room for 2 things.", "room": 2}] == told["errors"]


async def test_figures_never_replace_what_a_problem_is_made_of(http: httpx.AsyncClient) -> None:
    told = await problem(http, "refused")

    assert (422, "too-heavy", 12) == (told["status"], told["code"], told["weight"])
    assert "too-heavy" == told["errors"][0]["code"]


async def test_an_invalid_value_points_to_its_field(http: httpx.AsyncClient) -> None:
    told = await problem(http, "invalid")

    expected = {"pointer": "/isbn", "code": "invalid-value", "detail": "Bad check digit.", "given_digit": 4}
    assert [expected] == told["errors"]


async def test_a_pointer_goes_down_and_escapes(http: httpx.AsyncClient) -> None:
    told = await problem(http, "nested")

    assert "/owner/card~1number" == told["errors"][0]["pointer"]


async def test_of_several_refusals_all_are_told_and_the_first_in_rank_decides(http: httpx.AsyncClient) -> None:
    told = await problem(http, "several")

    assert (404, "thing-not-found") == (told["status"], told["code"])
    assert ["thing-not-found", "no-room", "too-heavy"] == [error["code"] for error in told["errors"]]
    assert "room" not in told


async def test_several_refusals_that_only_forbid_are_forbidden(http: httpx.AsyncClient) -> None:
    told = await problem(http, "only-forbidden")

    assert 403 == told["status"]


@pytest.mark.parametrize(("kind", "seconds"), [("too-many", "3"), ("neighbour", "7"), ("unavailable", "1")])
async def test_who_must_wait_is_told_how_long(http: httpx.AsyncClient, kind: str, seconds: str) -> None:
    answer = await http.get(f"/v1/failures/{kind}")

    assert seconds == answer.headers["retry-after"]


async def test_who_must_prove_anew_who_it_is_is_told_how_fresh_that_must_be(http: httpx.AsyncClient) -> None:
    answer = await http.get("/v1/failures/long-ago")

    challenge = 'Bearer realm="library", error="insufficient_user_authentication", max_age="300"'
    assert challenge == answer.headers["www-authenticate"]


@pytest.mark.parametrize("kind", ["crash", "recursion", "no-such-kind"])
async def test_a_fault_of_ours_gives_nothing_away(http: httpx.AsyncClient, kind: str) -> None:
    told = await problem(http, kind)

    assert (500, "internal-error") == (told["status"], told["code"])
    assert "secret" not in json.dumps(told)
    assert [{"code": "internal-error", "detail": told["detail"]}] == told["errors"]


async def test_an_answer_that_breaks_off_is_not_followed_by_another(http: httpx.AsyncClient) -> None:
    with pytest.raises(ZeroDivisionError):
        await http.get("/v1/half")


async def test_figures_of_any_kind_can_be_shown(app: FastAPI, http: httpx.AsyncClient) -> None:
    app.state.failures["odd"] = Refused("Odd.", wait=timedelta(minutes=2), sizes=frozenset({1}), kind=Refused)

    told = await problem(http, "odd")

    assert (120.0, [1]) == (told["wait"], told["sizes"])


async def test_the_same_refusal_raised_twice_is_told_twice_alike(app: FastAPI, http: httpx.AsyncClient) -> None:
    app.state.failures["again"] = NoRoom(room=1)

    first, second = await problem(http, "again"), await problem(http, "again")

    assert first | {"request_id": ""} == second | {"request_id": ""}


async def test_of_many_invalid_fields_twenty_are_told_and_the_others_counted(http: httpx.AsyncClient) -> None:
    answer = await http.get("/v1/things", params={f"p{number}": "1" for number in range(50)})

    *told, last = answer.json()["errors"]
    assert 20 == len(told)
    assert {"pointer": "", "code": "more-errors", "detail": "There are 30 more errors.", "more": 30} == last


async def test_what_was_sent_is_never_sent_back(http: httpx.AsyncClient) -> None:
    answer = await http.get("/v1/things", params={"limit": "hunter2", "q": "hunter2" * 10})

    assert 422 == answer.status_code
    assert "hunter2" not in answer.text
    assert [("/limit", "query"), ("/q", "query")] == [
        (error["pointer"], error["in"]) for error in answer.json()["errors"]
    ]


# --- in the documents ------------------------------------------------------------------------------------------------


def test_refusals_are_documented_by_status() -> None:
    documented = refusals(NoRoom, TooHeavy, NoSuchThing, Conflict)

    assert [409, 422, 404] == list(documented)
    assert "`no-room`, `conflict`" == documented[409]["description"]
    assert {"no-room", "conflict"} == documented[409]["content"][MEDIA_TYPE]["examples"].keys()


def test_a_refusal_is_shown_as_it_would_be_answered() -> None:
    shown = refusals(NoRoom)[409]["content"][MEDIA_TYPE]["examples"]["no-room"]

    assert "No room" == shown["summary"]
    assert "There is room for 2 things." == shown["value"]["detail"]
    assert 2 == shown["value"]["room"]
    assert [{"code": "no-room", "detail": "There is room for 2 things.", "room": 2}] == shown["value"]["errors"]


def test_a_refusal_without_an_example_shows_what_it_is() -> None:
    shown = refusals(TooHeavy)[422]["content"][MEDIA_TYPE]["examples"]["too-heavy"]["value"]

    assert ("too-heavy", "It is too heavy.") == (shown["code"], shown["detail"])


@pytest.mark.parametrize("kind", [NotFound, InvalidValue, Conflict])
def test_a_category_itself_can_be_documented(kind: type[NotFound]) -> None:
    assert 1 == len(refusals(kind))


def test_titles_are_made_of_codes() -> None:
    assert "Copy on loan" == title_of("copy-on-loan")


def test_pointers_are_cut_to_what_can_be_shown() -> None:
    assert 200 == len(pointer_to(["x" * 5_000]))


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


@pytest.mark.parametrize("words", [Colour, Literal["red", "blue"]])
def test_a_word_that_may_not_stand_there_is_one_code_however_its_like_are_declared(words: Any) -> None:
    with pytest.raises(ValidationError) as refused:
        TypeAdapter(words).validate_python("green")

    (error,) = invalid_fields([{**each, "loc": ("body", "colour")} for each in refused.value.errors()])
    assert {
        "pointer": "/colour", "code": "literal-error", "detail": "Input should be 'red' or 'blue'.",
    } == error  # fmt: skip


def test_a_route_publishes_what_its_use_cases_declare() -> None:
    @refuses(NotFound, Conflict)
    class Change: ...

    @refuses(*refusals_of(Change), InvalidValue)
    class Add: ...

    assert refusals(NotFound, Conflict) == refused_by(Change)
    assert refusals(NotFound, Conflict, InvalidValue) == refused_by(Change, Add)
