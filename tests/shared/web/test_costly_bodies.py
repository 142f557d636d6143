"""Bodies that would cost more than they are long: refused before that."""

import json
import time
from typing import Annotated, Any

import httpx
import pytest
from fastapi import FastAPI
from pydantic import Field

from shared.web.edge.limits import Limits
from shared.web.json.json_text import JsonObject, parse
from shared.web.json.strict_json import StrictJsonBody, line
from shared.web.json.unknown_fields import TooManyErrors
from tests.shared.bad_input import check_problem
from tests.shared.cpu_time import in_a_moment
from tests.shared.web.sample import WRITER

LIMIT = 64 * 1024


class Inner(StrictJsonBody):
    name: Annotated[str, line(10)]


class Outer(StrictJsonBody):
    inner: list[Inner] = Field(default_factory=list, max_length=3_000)
    counts: dict[str, int] = Field(default_factory=dict)
    either: Inner | None = None


def read(body: dict[str, Any]) -> Outer:
    return Outer.model_validate(parse(json.dumps(body).encode()))


@pytest.mark.parametrize("heap", ["a" + "\u0301\u0327" * 15_000, "\u0f73" * 20_000, "a" + "\u0301" * 31])
async def test_a_heap_of_marks_is_refused_before_it_is_put_in_order(http: httpx.AsyncClient, heap: str) -> None:
    content = json.dumps({"name": heap[:80], "count": 1}, ensure_ascii=False).encode()
    whole = json.dumps({"name": heap, "count": 1}, ensure_ascii=False).encode()

    headers = {**WRITER, "Content-Type": "application/json"}

    short = await http.post("/v1/things", content=content, headers=headers)
    long = await in_a_moment("marks", lambda: http.post("/v1/things", content=whole, headers=headers))

    assert [("/name", "text-too-many-marks")] == [(error["pointer"], error["code"]) for error in short.json()["errors"]]
    assert (422, 422) == (short.status_code, long.status_code)


async def test_a_body_of_64_kib_is_read_and_one_byte_more_is_not(http: httpx.AsyncClient) -> None:
    body = json.dumps({"name": "A lamp", "count": 3})
    headers = {**WRITER, "Content-Type": "application/json"}

    taken = await http.post("/v1/things", content=body.ljust(LIMIT), headers=headers)
    refused = await http.post("/v1/things", content=body.ljust(LIMIT + 1), headers=headers)

    assert (201, 413) == (taken.status_code, refused.status_code)
    check_problem(refused)


async def test_the_documents_say_how_long_a_body_may_be(app: FastAPI) -> None:
    document = app.openapi()

    assert (
        "The body has more than 65536 bytes"
        == document["paths"]["/v1/things"]["post"]["responses"]["413"]["description"]
    )


def test_a_longer_body_is_read_where_the_address_is_named_and_below_it_alone() -> None:
    limits = Limits(bodies={"/v1/things": 70_000})

    assert [70_000, 70_000, LIMIT, LIMIT] == [
        limits.body_at(path) for path in ("/v1/things", "/v1/things/1/parts", "/v1/thingsandmore", "/v1/other")
    ]


def test_a_star_in_an_address_stands_for_anything() -> None:
    limits = Limits(bodies={"/v1/things/*/parts": 70_000})

    assert [70_000, LIMIT, LIMIT] == [
        limits.body_at(path) for path in ("/v1/things/1/parts", "/v1/things/1", "/v1/others/1/parts")
    ]


def test_thousands_of_unknown_fields_are_counted_and_twenty_described() -> None:
    with pytest.raises(TooManyErrors) as refused:
        read({f"m{number}": 1 for number in range(5_000)})

    assert refused.value.errors is not None
    *described, last = refused.value.errors
    assert [(f"/m{number}", "extra-forbidden") for number in range(20)] == [
        (error["pointer"], error["code"]) for error in described
    ]
    assert ("more-errors", 4_980) == (last["code"], last["more"])


def test_unknown_fields_are_counted_wherever_they_stand() -> None:
    bodies: tuple[dict[str, Any], ...] = (
        {"inner": [{"name": "a", **{f"m{number}": 1 for number in range(30)}}]},
        {"either": {"name": "a", **{f"m{number}": 1 for number in range(30)}}},
        {"inner": [{"name": "a", "x": 1}] * 30},
    )

    for body in bodies:
        with pytest.raises(TooManyErrors) as refused:
            read(body)
        assert refused.value.errors is not None
        assert 10 == refused.value.errors[-1]["more"]


def test_names_that_are_anybodys_are_not_unknown() -> None:
    counts = {f"m{number}": number for number in range(500)}

    assert counts == read({"counts": counts}).counts


def test_other_errors_by_the_thousand_are_counted_only() -> None:
    with pytest.raises(TooManyErrors) as refused:
        read({"inner": [{"name": 1}] * 2_000})

    assert [("more-errors", 2_000)] == [(error["code"], error["more"]) for error in refused.value.errors or ()]


def test_counting_unknown_fields_costs_little_more_than_reading_them() -> None:
    text = json.dumps({f"m{number}": 1 for number in range(80_000)}).encode()

    def refusing() -> float:
        began = time.thread_time()
        value = parse(text)
        parsed = time.thread_time() - began
        assert isinstance(value, JsonObject)
        with pytest.raises(TooManyErrors):
            Outer.model_validate(value)
        return (time.thread_time() - began) / parsed

    assert min(refusing() for _ in range(5)) < 4


async def test_thousands_of_unknown_parameters_are_counted(http: httpx.AsyncClient) -> None:
    query = "&".join(f"{number:x}=" for number in range(1_500))

    answer = await in_a_moment("parameters", lambda: http.get(f"/v1/things?{query}"))

    assert 1_480 == answer.json()["errors"][-1]["more"]
