"""What a client can read, as it says itself."""

import httpx
import pytest
from fastapi import FastAPI

from shared.web.negotiation import accepts, best_of, language_of
from tests.shared.bad_input import check_problem
from tests.shared.web.sample import WRITER


@pytest.mark.parametrize(
    "accepted",
    [
        "",
        "*/*",
        "application/json",
        "application/*;q=0.1",
        "text/html, application/xhtml+xml, application/xml;q=0.9, */*;q=0.8",
        "Application/JSON; charset=utf-8",
        "application/json;version=2;q=1.000, */*;q=0",
        "nonsense",
        "\xff",
    ],
)
def test_json_is_accepted(accepted: str) -> None:
    assert accepts(accepted, "application/json")


@pytest.mark.parametrize(
    "accepted",
    [
        "image/png",
        "application/json;q=0",
        "application/json;q=0, */*",
        "*/*;q=0.000",
        "text/*, application/xml",
        "application/problem+json",
        "application/json;q=many",
    ],
)
def test_json_is_not_accepted(accepted: str) -> None:
    assert not accepts(accepted, "application/json")


@pytest.mark.parametrize(
    ("accepted", "best"),
    [
        ("", "application/json"),
        ("*/*", "application/json"),
        ("text/csv", "text/csv"),
        ("text/csv;q=0.2, application/json;q=0.1", "text/csv"),
        ("text/csv;q=0.2, application/json", "application/json"),
        ("image/png", None),
    ],
)
def test_of_several_forms_the_client_gets_what_it_likes_best(accepted: str, best: str | None) -> None:
    assert best == best_of(accepted, ("application/json", "text/csv"))


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("", "en"),
        ("de", "de"),
        ("de-AT, en;q=0.5", "de"),
        ("en-GB, de;q=0.9", "en"),
        ("nl, fr;q=0.3, de;q=0.7", "de"),
        ("nl, *;q=0.5", "en"),
        ("*, fr;q=0.5", "en"),
        ("fr;q=0, DE;q=0.001", "de"),
        ("*;q=nan", "en"),
        ("xx" * 10_000, "en"),
        ("\xff, fr", "fr"),
    ],
)
def test_the_language_that_is_liked_best_is_chosen(accepted: str, language: str) -> None:
    assert language == language_of(accepted, ("en", "de", "fr"), "en")


def test_of_hundreds_of_languages_only_the_first_are_looked_at() -> None:
    few, hundreds = "x," * 30, "x," * 200

    assert ("de", "en") == tuple(language_of(f"{before}de", ("en", "de"), "en") for before in (few, hundreds))


async def test_what_cannot_be_answered_in_a_form_that_is_taken_is_not_done(
    app: FastAPI, http: httpx.AsyncClient
) -> None:
    headers = WRITER | {"Accept": "application/xml"}

    answer = await http.post("/v1/things", json={"name": "A lamp", "count": 1}, headers=headers)

    check_problem(answer)
    assert (406, "not-acceptable") == (answer.status_code, answer.json()["code"])
    assert {} == app.state.shelf.things


async def test_a_name_that_is_nearly_right_is_answered_with_the_right_one(http: httpx.AsyncClient) -> None:
    query = await http.get("/v1/things?curser=x&colour=red")
    body = await http.post("/v1/things", json={"nmae": "A lamp", "count": "1", "kolour": 1}, headers=WRITER)

    assert [("There is no such parameter. Did you mean cursor?", "cursor"), ("There is no such parameter.", None)] == [
        (error["detail"], error.get("did_you_mean")) for error in query.json()["errors"]
    ]
    assert {"/name": None, "/count": None, "/nmae": "name", "/kolour": None} == {
        error["pointer"]: error.get("did_you_mean") for error in body.json()["errors"]
    }
