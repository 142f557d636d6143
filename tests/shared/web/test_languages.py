"""Refusals in the language of whoever asks. The code is the contract, the sentence is for people."""

import json

import httpx
import pytest
from fastapi import FastAPI

from shared.kernel.errors import Refusals
from shared.sentences import Sentences
from shared.web.edge.languages import Wordings
from tests.shared.bad_input import check_problem
from tests.shared.web.sample import WRITER, caller_of, sample_app
from tests.shared.web.things import NoRoom, TooHeavy


async def refused(app: FastAPI, http: httpx.AsyncClient, error: Exception, **headers: str) -> httpx.Response:
    app.state.failures["own"] = error
    answer = await http.get("/v1/failures/own", headers=headers)
    check_problem(answer)
    return answer


@pytest.mark.parametrize(
    ("accepted", "language", "sentence"),
    [
        ("de-AT, en;q=0.5", "de", "Hier haben 3 Dinge Platz."),
        ("en, de;q=0.5", "en", "There is room for 3 things."),
        ("nl", "en", "There is room for 3 things."),
        ("*", "en", "There is room for 3 things."),
    ],
)
async def test_a_refusal_is_put_into_the_language_that_is_asked_for(
    app: FastAPI, http: httpx.AsyncClient, accepted: str, language: str, sentence: str
) -> None:
    answer = await refused(app, http, NoRoom(room=3), **{"Accept-Language": accepted})

    told = answer.json()
    assert (sentence, sentence) == (told["detail"], told["errors"][0]["detail"])
    assert ("no-room", "No room", 3) == (told["code"], told["title"], told["room"])
    assert language == answer.headers["content-language"]
    assert "Accept-Language" in answer.headers.get_list("vary", split_commas=True)


async def test_without_a_wish_it_is_english(app: FastAPI, http: httpx.AsyncClient) -> None:
    answer = await refused(app, http, NoRoom(room=3))

    assert ("There is room for 3 things.", "en") == (answer.json()["detail"], answer.headers["content-language"])
    assert "content-language" not in (await http.get("/v1/things", headers={"Accept-Language": "de"})).headers


async def test_several_refusals_are_each_put_into_it(app: FastAPI, http: httpx.AsyncClient) -> None:
    answer = await refused(
        app, http, Refusals([NoRoom(room=3), TooHeavy("It is too heavy.")]), **{"Accept-Language": "de"}
    )

    assert "Hier haben 3 Dinge Platz. Es ist zu schwer." == answer.json()["detail"]
    assert ["Hier haben 3 Dinge Platz.", "Es ist zu schwer."] == [each["detail"] for each in answer.json()["errors"]]


async def test_fields_and_what_the_edge_refuses_are_put_into_it_as_well(http: httpx.AsyncClient) -> None:
    german = {"Accept-Language": "de"}

    fields = await http.get("/v1/things?curser=1", headers=german)
    body = await http.post("/v1/things", json={"name": "", "nmae": "x", "count": "1"}, headers=WRITER | german)
    nothing = await http.get("/nowhere", headers=german)
    edge = await http.get("/v1/things", headers=german | {"Content-Encoding": "gzip"})

    assert ["Diesen Parameter gibt es nicht. Meinten Sie cursor?"] == [e["detail"] for e in fields.json()["errors"]]
    assert "Die Anfrage hat ungültige Felder oder Parameter." == body.json()["detail"]
    assert {
        "Das darf nicht leer sein.",
        "Hier muss eine ganze Zahl stehen.",
        "Dieses Feld gibt es nicht. Meinten Sie name?",
    } == {each["detail"] for each in body.json()["errors"]}
    assert "Unter dieser Adresse gibt es nichts." == nothing.json()["detail"]
    assert ("de", True) == (edge.headers["content-language"], edge.json()["detail"].startswith("Senden Sie den Inhalt"))


async def test_two_that_ask_at_the_same_place_are_answered_each_in_their_own() -> None:
    app = sample_app()
    app.state.failures["own"] = NoRoom(room=1)
    async with caller_of(app) as http:
        answers = [await http.get("/v1/failures/own", headers={"Accept-Language": each}) for each in ("de", "fr", "de")]

    assert ["Hier haben 1 Dinge Platz.", "There is room for 1 things.", "Hier haben 1 Dinge Platz."] == [
        json.loads(answer.content)["detail"] for answer in answers
    ]


def test_what_clients_send_to_choose_a_language_fills_no_memory() -> None:
    wordings = Wordings(Sentences.of("tests.shared"))

    for number in range(1_000):
        wordings.for_client(f"de;q=0.{number:03}".encode())
        wordings.for_client(b"de," + b"x" * 10_000)

    assert 256 == len(wordings._chosen)
