"""Every route asked by every kind of caller, over HTTP, with real tokens, against a table written by hand."""

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import httpx
import pytest

import books_service.api.access
import loans_service.api.access
import members_service.api.access
from shared.tokens import SigningKey
from tests.end_to_end.gears import KIOSK_SECRET, LOANS_SECRET, ProductionLibrary
from tests.end_to_end.library import ApiClient, Member, done
from tests.end_to_end.who_may import CALLERS, ROWS, ROWS_EVERYWHERE, WITH_A_PIN, WITH_A_PIN_AND, Row
from tests.shared.bad_input import check_problem
from tests.shared.hostile_tokens import a_token

UNKNOWN = "0198c0de-0000-7000-8000-00000000dead"
EVERY_SCOPE = "self books:write members:read members:write loans:read loans:write admin books:lending members:standing"
ACCESS = {
    "books": books_service.api.access.ACCESS,
    "members": members_service.api.access.ACCESS,
    "loans": loans_service.api.access.ACCESS,
}
NAMING_A_PERSON: list[tuple[str, str, str, dict[str, str] | None]] = [
    ("members", "GET", "/v1/members?card_number={card}", None),
    ("members", "GET", "/v1/members/standing?member_id={ada}", None),
    ("members", "GET", "/v1/auth/sessions?account_id={ada}", None),
    ("loans", "GET", "/v1/loans?member_id={ada}", None),
    ("loans", "GET", "/v1/loans?card_number={card}", None),
    ("loans", "GET", "/v1/holds?member_id={ada}", None),
    ("loans", "GET", "/v1/holds?card_number={card}", None),
    ("loans", "POST", "/v1/loans", {"copy_id": "{copy}", "member_id": "{ada}"}),
    ("loans", "POST", "/v1/loans/decision", {"copy_id": "{copy}", "card_number": "{card}"}),
    ("loans", "POST", "/v1/holds", {"book_id": "{book}", "member_id": "{ada}"}),
    ("loans", "POST", "/v1/holds", {"book_id": "{book}", "card_number": "{card}"}),
]
"""Requests in which Ada is named, by id or by card, in the query or in the body."""

FOREIGN = [row for row in ROWS if "404" in row.expected.values()]


@dataclass(frozen=True, slots=True)
class Cast:
    """Everybody's token, and the things that the addresses name."""

    library: ProductionLibrary
    ada: Member
    ben: Member
    tokens: Mapping[str, str | None]
    things: Mapping[str, str]

    async def ask(self, row: Row, caller: str, **things: str) -> httpx.Response:
        target = row.target.format_map({**self.things, **things})
        return await self.send(caller, row.method, row.service, target)

    async def send(
        self, caller: str, method: str, service: str, target: str, body: object = None, **headers: str
    ) -> httpx.Response:
        token = self.tokens[caller]
        given = headers if token is None else {"Authorization": f"Bearer {token}", **headers}
        if body is None and method not in {"GET", "HEAD", "OPTIONS"}:
            body = {}
        if method == "PATCH":  # so that it is the thing that is refused, not the missing condition
            given = {"If-Match": "*", **given}
        address = f"{self.library.services[service]}{target}"
        return await self.library.http.request(method, address, json=body, headers=given)

    async def with_another_ada(self) -> "Cast":
        """Return a cast whose Ada has joined just now, with things of her own that may be changed."""
        ada = await self.library.enrol()
        tokens = {**self.tokens, "ada": (await self.library.signed_in(ada.person)).token}
        tokens["pin"] = _by_pin(SigningKey.from_pem(self.library.key_file.read_text()), ada)
        return replace(self, ada=ada, tokens=tokens, things={**self.things, **await _things_of(self.library, ada)})


async def _things_of(library: ProductionLibrary, owner: Member) -> dict[str, str]:
    (copy,), (wanted,), (lost,) = await library.shelve(), await library.shelve(), await library.shelve()
    loan = done(await library.check_out(copy, owner))
    asked = {"book_id": wanted.book_id, "member_id": owner.member_id}
    desk = await library.librarian()
    hold = done(await desk.post(f"{library.loans}/v1/holds", asked))
    missed = done(await library.check_out(lost, owner))["loan_id"]
    done(await desk.post(f"{library.loans}/v1/loans/{missed}/declare-lost", {}))
    fines = done(await desk.get(f"{library.loans}/v1/fines", member_id=owner.member_id, status="owed"))["items"]
    cent = {"amount": {"amount": 1, "currency": "EUR"}}
    paid = done(await desk.post(f"{library.loans}/v1/fines/{fines[0]['fine_id']}/payments", cent))
    for fine in fines:  # forgiven, so that nothing else is refused for it
        done(await desk.post(f"{library.loans}/v1/fines/{fine['fine_id']}/waive", {"reason": "A test."}))
    return {
        "ada": owner.member_id,
        "card": owner.card_number,
        "loan": loan["loan_id"],
        "hold": hold["hold_id"],
        "fine": fines[0]["fine_id"],
        "receipt": paid["receipt"]["number"],
        "copy": copy.copy_id,
        "book": copy.book_id,
    }


async def _service_token(library: ProductionLibrary, client: str, secret: str) -> str:
    form = {"grant_type": "client_credentials"}
    answer = await library.http.post(f"{library.members}/v1/auth/token", data=form, auth=(client, secret))
    token = done(answer)["access_token"]
    assert isinstance(token, str)
    return token


def _by_pin(key: SigningKey, owner: Member) -> str:
    return a_token(
        key,
        sub=owner.member_id,
        member_id=owner.member_id,
        client_id="kiosk",
        scope="self",
        roles=["member"],
        amr=["pin"],
    )


@pytest.fixture(scope="module")
async def cast(production_for_all: ProductionLibrary) -> Cast:
    library = production_for_all
    key = SigningKey.from_pem(library.key_file.read_text())
    ada, ben = await library.enrol(), await library.enrol()
    people = {"ada": ada.person, "ben": ben.person}
    tokens: dict[str, str | None] = {name: (await library.signed_in(one)).token for name, one in people.items()}
    tokens |= {"librarian": (await library.librarian()).token, "admin": (await library.admin()).token}
    tokens |= {
        "nobody": None,
        "old": a_token(key, scope=EVERY_SCOPE, iat=int(time.time()) - 1_000, nbf=..., exp=int(time.time()) - 100),
        "bad": a_token(SigningKey.generate(), scope=EVERY_SCOPE),
        "loans": await _service_token(library, "loans", LOANS_SECRET),
        "kiosk": await _service_token(library, "kiosk", KIOSK_SECRET),
        "guest": a_token(key, sub="guest", client_id="guest", scope="", roles=[]),
    }
    return Cast(
        library, ada, ben, tokens | {"pin": _by_pin(key, ada)}, {**await _things_of(library, ada), "no": UNKNOWN}
    )


@pytest.mark.parametrize("service", ACCESS)
async def test_every_route_has_a_row(service: str, cast: Cast) -> None:
    document = done(await cast.library.anybody.get(f"{cast.library.services[service]}/openapi.json"))
    mine = {row.operation: row for row in ROWS if row.service == service}

    assert ACCESS[service].keys() == mine.keys()
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            row = mine[operation["operationId"]]
            template = re.sub(r"\{[^}]*\}", "[^/?]+", path)
            assert (method.upper(), True) == (row.method, bool(re.fullmatch(template, row.target.partition("?")[0])))


@pytest.mark.parametrize("row", [*ROWS, *ROWS_EVERYWHERE], ids=str)
async def test_everybody_gets_what_the_table_says(row: Row, cast: Cast) -> None:
    if row.method == "DELETE" or (row.method != "GET" and "{" in row.target):
        cast = await cast.with_another_ada()
    last_those_who_get_in = sorted(CALLERS, key=lambda caller: row.expected[caller] == "in")

    answers = {caller: await cast.ask(row, caller) for caller in last_those_who_get_in}

    assert row.expected == {caller: _outcome(answers[caller], row) for caller in CALLERS}
    for answer in answers.values():
        if answer.status_code in {401, 403}:
            check_problem(answer)
        assert (answer.status_code == 401) <= answer.headers.get("www-authenticate", "").startswith("Bearer ")


@pytest.mark.parametrize("row", [row for row in ROWS if row.expected["ada"] == "in"], ids=str)
async def test_with_card_and_pin_alone_people_do_what_they_come_for_and_no_more(row: Row, cast: Cast) -> None:
    if row.operation in WITH_A_PIN and row.method != "GET":
        cast = await cast.with_another_ada()

    answer = await cast.ask(row, "pin")
    is_in = row.operation in WITH_A_PIN or row.expected["nobody"] == "in"

    if is_in:
        assert "in" == _outcome(answer, row)
    else:
        check_problem(answer)
        assert (403, "pin-not-enough") == (answer.status_code, answer.json()["code"])
    for wanted, is_open in zip(WITH_A_PIN_AND.get(row.operation, ()), (True, False), strict=False):
        narrowed = await cast.ask(replace(row, target=f"{row.target}?{wanted}"), "pin")
        assert (200 if is_open else 403) == narrowed.status_code


def _outcome(answer: httpx.Response, row: Row) -> str:
    refusals = {401, 403, 404} if row in FOREIGN else {401, 403}
    passed = answer.status_code < 500 and answer.status_code not in {*refusals, 405}
    asked_again = answer.status_code == 401 and answer.json()["code"] == "sign-in-too-old"  # the token itself was fine
    lacks_one = answer.status_code == 404 and answer.json()["code"] == "photo-not-found"  # who is foreign finds nobody
    return "in" if passed or asked_again or lacks_one else str(answer.status_code)


@pytest.mark.parametrize("row", FOREIGN, ids=str)
async def test_somebody_else_s_thing_answers_like_one_that_nobody_has(row: Row, cast: Cast) -> None:
    cast = await cast.with_another_ada()
    (name,) = re.findall(r"\{(\w+)\}", row.target)

    nobodys = f"{cast.things[name][:-6]}999999" if name == "receipt" else UNKNOWN
    foreign = await cast.ask(row, "ben")
    unknown = await cast.ask(row, "ben", **{name: nobodys})

    assert _without(cast.things[name], foreign) == _without(nobodys, unknown)


def _without(thing: str, answer: httpx.Response) -> tuple[int, str, list[tuple[str, str]]]:
    own = {
        thing: "…",
        answer.headers["x-request-id"]: "…",
        answer.headers.get("date", "?"): "…",
        answer.headers.get("ratelimit", "?"): "…",
    }
    hidden = re.compile("|".join(map(re.escape, own)))
    headers = [(name, hidden.sub("…", value)) for name, value in answer.headers.items()]
    return answer.status_code, hidden.sub("…", answer.text), headers


@pytest.mark.parametrize(("service", "method", "target", "body"), NAMING_A_PERSON)
async def test_naming_another_person_is_forbidden_whoever_that_is(
    service: str, method: str, target: str, body: dict[str, str] | None, cast: Cast
) -> None:
    nobody = {**cast.things, "ada": UNKNOWN, "card": "20000000000091"}

    answers = []
    for things in (cast.things, nobody):
        told = None if body is None else {name: text.format_map(things) for name, text in body.items()}
        answers.append(await cast.send("ben", method, service, target.format_map(things), told))

    check_problem(answers[0])
    assert (403, "forbidden") == (answers[0].status_code, answers[0].json()["code"])
    assert _without(UNKNOWN, answers[0]) == _without(UNKNOWN, answers[1])


async def test_the_version_of_somebody_else_s_thing_is_not_told(cast: Cast) -> None:
    shown = (("loans", "/v1/loans/{loan}"), ("loans", "/v1/holds/{hold}"), ("members", "/v1/members/{ada}"))
    for service, target in shown:
        own = await cast.send("ada", "GET", service, target.format_map(cast.things))
        tag = own.headers["etag"]

        again = await cast.send("ada", "GET", service, target.format_map(cast.things), **{"If-None-Match": tag})
        foreign = await cast.send("ben", "GET", service, target.format_map(cast.things), **{"If-None-Match": tag})
        any_version = await cast.send("ben", "GET", service, target.format_map(cast.things), **{"If-None-Match": "*"})

        assert (200, 304, 404, 404) == tuple(a.status_code for a in (own, again, foreign, any_version))
        assert "etag" not in foreign.headers


@pytest.mark.parametrize("kind", ["loan", "hold"])
async def test_a_cursor_of_somebody_else_leads_into_one_s_own_list(kind: str, cast: Cast) -> None:
    cast = await cast.with_another_ada()
    bens = await _things_of(cast.library, cast.ben)
    await _things_of(cast.library, cast.ada)
    mine = f"/v1/{kind}s/mine"
    cursor = done(await cast.send("ada", "GET", "loans", f"{mine}?limit=1"))["next_cursor"]

    own = done(await cast.send("ben", "GET", "loans", mine))["items"]
    page = done(await cast.send("ben", "GET", "loans", f"{mine}?cursor={cursor}"))["items"]

    assert cursor is not None
    assert bens[kind] in {item[f"{kind}_id"] for item in [*own, *page]}
    assert {cast.ben.member_id} == {item["member_id"] for item in [*own, *page]}


@pytest.mark.parametrize("caller", ["nobody", "ben"])
async def test_head_opens_the_doors_of_get_and_no_others(caller: str, cast: Cast) -> None:
    rows = [row for row in ROWS if row.method == "GET"]

    seen = {str(row): (await cast.ask(row, caller)).status_code for row in rows}
    heads = {str(row): await cast.ask(replace(row, method="HEAD"), caller) for row in rows}

    assert seen == {row: answer.status_code for row, answer in heads.items()}
    assert {b""} == {answer.content for answer in heads.values()}


async def test_which_methods_there_are_is_told_to_anybody_and_nothing_else(cast: Cast) -> None:
    answers = {str(row): await cast.ask(replace(row, method="OPTIONS"), "nobody") for row in ROWS}

    assert {(204, b"")} == {(answer.status_code, answer.content) for answer in answers.values()}


@pytest.mark.parametrize("method", ["TRACE", "QUERY", "PROPFIND"])
async def test_another_method_opens_no_door(method: str, cast: Cast) -> None:
    asked = {str(row): (await cast.ask(replace(row, method=method), "nobody")).status_code for row in ROWS}

    assert {} == {row: status for row, status in asked.items() if status not in {405, 400}}


@pytest.mark.parametrize("header", ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"])
async def test_a_header_does_not_change_the_method(header: str, cast: Cast) -> None:
    read = await cast.send("nobody", "GET", "books", "/v1/books", **{header: "POST"})
    write = await cast.send("nobody", "POST", "books", "/v1/books", **{header: "GET"})
    hidden = await cast.send("ben", "GET", "loans", f"/v1/loans/{cast.things['loan']}", **{header: "HEAD"})

    assert (200, 401, 404) == (read.status_code, write.status_code, hidden.status_code)


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Original-URL": "/v1/books"},
        {"X-Rewrite-URL": "/v1/books"},
        {"X-Forwarded-Prefix": "/v1/books"},
        {"X-Forwarded-User": "admin"},
        {"X-Remote-User": "admin"},
        {"Forwarded": "for=127.0.0.1"},
        {"X-Forwarded-For": "127.0.0.1"},
        {"Cookie": "access_token=x"},
    ],
    ids=str,
)
async def test_a_header_does_not_stand_in_for_a_token(headers: dict[str, str], cast: Cast) -> None:
    assert 401 == (await cast.send("nobody", "POST", "books", "/v1/books", **headers)).status_code


@pytest.mark.parametrize(
    "spelling", ["/v1//loans/{loan}", "/v1/./loans/{loan}", "/V1/loans/{loan}", "/v1/loans/{loan}/"]
)
async def test_another_spelling_of_an_address_opens_no_door(spelling: str, cast: Cast) -> None:
    answer = await cast.send("nobody", "GET", "loans", spelling.format_map(cast.things))

    assert answer.status_code in {401, 404}


async def test_a_token_counts_in_the_header_only(cast: Cast) -> None:
    token = cast.tokens["admin"]
    client = ApiClient(cast.library.http)
    address = f"{cast.library.loans}/v1/loans"

    answers: list[Any] = [
        await client.get(address, access_token=token),
        await cast.library.http.get(address, headers={"Cookie": f"access_token={token}"}),
        await cast.library.http.get(address, headers={"X-Access-Token": f"{token}"}),
        await cast.library.http.get(address, headers={"Authorization": f"Basic {token}"}),
        await cast.library.http.get(address, headers={"Authorization": f"{token}"}),
    ]

    assert {401} == {answer.status_code for answer in answers}
