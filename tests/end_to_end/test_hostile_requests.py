"""Forged tokens and broken requests against the running services: nobody gets in, and nothing makes them fail."""

import asyncio
import itertools
import re
from collections.abc import AsyncIterator, Iterable
from contextlib import closing
from dataclasses import replace
from functools import partial
from typing import Any

import httpx
import pytest

from shared.tokens import SigningKey
from tests.end_to_end.every_text import operations_of, somewhere
from tests.end_to_end.gears import ProductionLibrary
from tests.end_to_end.library import ADMIN, done
from tests.end_to_end.wire import Wire
from tests.ports import HOST
from tests.shared.bad_input import BadRequest, Good, bad_bodies, bad_headers, bad_keys, bad_targets, check_answer
from tests.shared.cpu_time import MOST, cpu_clock_of, in_a_moment
from tests.shared.hostile_tokens import a_token, hostile_tokens
from tests.shared.raw_requests import raw_requests

UNKNOWN = "0198c0de-0000-7000-8000-00000000dead"
PROTECTED = {
    "books": f"/v1/copies/lendability?copy_id={UNKNOWN}",
    "members": f"/v1/members/standing?member_id={UNKNOWN}",
    "loans": f"/v1/loans/{UNKNOWN}",
}
SCOPES = "self books:lending members:standing loans:read"
LISTS = {"books": "/v1/books", "members": "/v1/members", "loans": "/v1/loans"}

NEW_MEMBER = {"name": "Will Ladislaw", "email": "will@readers.example", "category": "adult"}
NEW_ACCOUNT = {"email": "will@readers.example", "password": "a long enough pass phrase", "roles": ["member"]}
JSON_POSTS = {
    "books": [
        Good("/v1/books", {"title": "Daniel Deronda", "authors": ["George Eliot"]}, "title", "published_year"),
        Good(f"/v1/books/{UNKNOWN}/copies", {"barcode": "50000000000001", "branch": "MAIN"}, "barcode"),
        Good(f"/v1/copies/{UNKNOWN}/status", {"status": "in_repair"}, "reason"),
        Good("/v1/branches", {"code": "EAST", "name": "East"}, "name"),
    ],
    "members": [
        Good(f"/v1/members/{UNKNOWN}/suspend", {"reason": "books unreturned"}, "reason"),
        Good(f"/v1/members/{UNKNOWN}/blocks", {"action": "borrow", "reason": "books unreturned"}, "reason"),
        Good("/v1/members", NEW_MEMBER, "name"),
        Good("/v1/accounts", NEW_ACCOUNT, "email", uuid="member_id"),
        Good("/v1/auth/activate", {"activation_token": "no such token", "password": "x" * 20}, "activation_token"),
    ],
    "loans": [
        Good(
            "/v1/loans",
            {"copy_barcode": "no-such-copy", "member_id": UNKNOWN},
            "copy_barcode",
            moment="due_at",
            uuid="member_id",
            accepted=frozenset({404}),
        ),
        Good("/v1/returns", {"copy_barcode": "no-such-copy"}, "copy_barcode", moment="returned_at"),
    ],
}
BAD_VALUES = (
    "", " ", "x", "0", "-1", "1e9", "9" * 30, "9" * 5_000, "%00", "a%00b", "%ff%fe", "%ed%a0%80", "%27%20OR%201=1--",
    "%25", "null", "[]", "{}", "..%2f..%2fetc", "%F0%9F%8E%89" * 20, "2026-02-30", "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59Z", UNKNOWN, UNKNOWN.upper(), "a" * 2_000, "*", "%2A%3A*", "%22unclosed", "%28%29%26%7C%21",
)  # fmt: skip
service = pytest.mark.parametrize("service", ["books", "members", "loans"])


@pytest.fixture(scope="module", autouse=True)
async def the_tables_stay(production_for_all: ProductionLibrary) -> AsyncIterator[None]:
    """Put both tables back in force: among so many bodies are some that say who joins, and how everything is lent."""
    library = production_for_all
    before = [done(await (await library.admin()).get(address)) for address in _tables_of(library)]
    yield
    headers = {"Authorization": f"Bearer {(await library.admin()).token}", "If-Match": "*"}
    for address, table in zip(_tables_of(library), before, strict=True):
        kept = {name: value for name, value in table.items() if name not in {"version", "made_at"}}
        done(await library.http.put(address, json=kept, headers=headers))


def _tables_of(library: ProductionLibrary) -> tuple[str, str]:
    """Return the addresses of the categories and of the policy, which speaks of them."""
    return f"{library.members}/v1/categories", f"{library.loans}/v1/policies"


@service
async def test_no_hostile_token_opens_a_door(service: str, production: ProductionLibrary) -> None:
    key = SigningKey.from_pem(production.key_file.read_text())
    door = f"{production.services[service]}{PROTECTED[service]}"
    welcome = await production.http.get(door, headers={"Authorization": f"Bearer {a_token(key, scope=SCOPES)}"})
    assert 404 == welcome.status_code, "with a good token one gets as far as the question itself"
    tokens = [hostile for hostile in hostile_tokens(key) if hostile.fits_in_a_header]

    answers = {
        hostile.name: await production.http.get(door, headers={"Authorization": f"Bearer {hostile.token}"})
        for hostile in tokens
    }

    assert len(answers) >= 100
    assert {} == {name: answer.status_code for name, answer in answers.items() if answer.status_code != 401}
    assert {True} == {answer.headers["www-authenticate"].startswith("Bearer") for answer in answers.values()}
    print(f"{service}: {len(answers)} hostile tokens, all refused")


@service
async def test_not_even_tokens_that_no_client_would_send_open_a_door(
    service: str, production: ProductionLibrary
) -> None:
    key = SigningKey.from_pem(production.key_file.read_text())
    tokens = [hostile for hostile in hostile_tokens(key) if not hostile.fits_in_a_header and hostile.token]

    answers = {}
    for hostile in tokens:
        head = f"GET {PROTECTED[service]} HTTP/1.1\r\nHost: library\r\nAuthorization: Bearer {hostile.token}\r\n\r\n"
        answers[hostile.name] = await _first_status(production.ports[service], head.encode("utf-8", "surrogatepass"))

    assert len(answers) >= 7
    assert {} == {name: status for name, status in answers.items() if status not in {0, 400, 401, 431}}


async def test_a_hostile_token_is_refused_even_where_none_is_needed(production: ProductionLibrary) -> None:
    key = SigningKey.from_pem(production.key_file.read_text())
    tokens = [hostile for hostile in hostile_tokens(key) if hostile.fits_in_a_header]
    door = f"{production.books}/v1/books"

    answers = [
        await production.http.get(door, headers={"Authorization": f"Bearer {hostile.token}"}) for hostile in tokens
    ]

    assert {401} == {answer.status_code for answer in answers}
    assert 200 == (await production.http.get(door)).status_code


@service
async def test_nothing_else_that_members_hands_out_is_a_token(service: str, production: ProductionLibrary) -> None:
    form = {"grant_type": "password", "username": ADMIN.email, "password": ADMIN.password}
    signed_in = done(await production.http.post(f"{production.members}/v1/auth/token", data=form))
    body = {"name": "Will Ladislaw", "email": f"will-{service}@readers.example", "category": "adult"}
    enrolled = done(await (await production.admin()).post(f"{production.members}/v1/members", body))
    others = [signed_in["refresh_token"], enrolled["activation_token"], enrolled["member_id"], enrolled["card_number"]]

    answers = [
        await production.http.get(
            f"{production.services[service]}{PROTECTED[service]}", headers={"Authorization": f"Bearer {other}"}
        )
        for other in others
    ]

    assert [401] * 4 == [answer.status_code for answer in answers]


@service
async def test_no_body_makes_a_service_fail(service: str, production: ProductionLibrary) -> None:
    bad = [bent for good in JSON_POSTS[service] for bent in bad_bodies(good)]
    # A real server's parser refuses some of these before anybody looks at the key.
    keys = [bent for good in JSON_POSTS[service] for bent in bad_keys(good)]
    bad += [replace(bent, statuses=bent.statuses | {400}) for bent in keys]

    await _all_refused(production, service, bad)

    print(f"{service}: {len(bad)} bad bodies, all refused")


@service
async def test_no_address_and_no_header_makes_a_service_fail(service: str, production: ProductionLibrary) -> None:
    bad = [*bad_targets(LISTS[service]), *bad_headers(LISTS[service])]

    await _all_answered(production, service, bad)


@service
async def test_no_body_makes_any_documented_route_fail(service: str, production: ProductionLibrary) -> None:
    document = done(await production.anybody.get(f"{production.services[service]}/openapi.json"))
    bad = []
    for method, path, operation in operations_of(document):
        if method != "GET":
            kind, example = _body_of(operation, document)
            text = next((name for name, value in example.items() if isinstance(value, str)), "reason")
            good = Good(somewhere(path), example, text, "number", "due_at", "member_id")
            own = (("Content-Type", kind), ("If-Match", "*"))
            for number, content in enumerate(sorted({bent.content for bent in bad_bodies(good)})):
                bad.append(BadRequest(f"{path} {number}", frozenset(), method, good.path, own, content))

    await _all_answered(production, service, bad)

    print(f"{service}: {len(bad)} bad bodies, none failed")


@service
async def test_no_parameter_makes_any_documented_route_fail(service: str, production: ProductionLibrary) -> None:
    document = done(await production.anybody.get(f"{production.services[service]}/openapi.json"))
    bad = []
    for method, path, operation in operations_of(document):
        names = [one["name"] for one in operation.get("parameters", ()) if one["in"] == "query"]
        needed = [one["name"] for one in operation.get("parameters", ()) if one["in"] == "query" and one["required"]]
        for name, value in itertools.product(names, BAD_VALUES if method == "GET" else ()):
            others = "".join(f"&{other}=1" for other in needed if other != name)
            bad.append(
                BadRequest(f"{path} {name}={value}", frozenset(), target=f"{somewhere(path)}?{name}={value}{others}")
            )
        for place in re.findall(r"\{\w+\}", path):
            targets = [somewhere(path.replace(place, value)) for value in BAD_VALUES if value and "*" not in value]
            bad += [BadRequest(target, frozenset(), method, target, (("If-Match", "*"),)) for target in targets]

    await _all_answered(production, service, bad)

    print(f"{service}: {len(bad)} bad parameters, none failed")


@service
async def test_what_only_a_socket_can_send_does_not_make_a_service_fail(
    service: str, production: ProductionLibrary
) -> None:
    answers = {raw.name: (raw, await _first_status(production.ports[service], raw.raw)) for raw in raw_requests()}

    assert {} == {name: status for name, (raw, status) in answers.items() if status not in raw.statuses}


async def _all_refused(production: ProductionLibrary, service: str, bad: Iterable[BadRequest]) -> None:
    wrong = []
    async for one, answer in _answers(production, service, bad):
        try:
            check_answer(one, answer)
        except AssertionError as error:
            wrong.append((one.target, str(error)))
    assert [] == wrong


async def _all_answered(production: ProductionLibrary, service: str, bad: Iterable[BadRequest]) -> None:
    failed = [
        (one.name, answer.status_code, answer.text)
        async for one, answer in _answers(production, service, bad)
        if answer.status_code >= 500 and answer.status_code not in one.statuses
    ]
    assert [] == failed


async def _answers(
    production: ProductionLibrary, service: str, bad: Iterable[BadRequest]
) -> AsyncIterator[tuple[BadRequest, httpx.Response]]:
    """Send all of them as admin, a few at a time; where a few took the service long, each by itself."""
    token = {"Authorization": f"Bearer {(await production.admin()).token}"}
    clock = cpu_clock_of(production.processes[service].pid)
    at_first = clock()
    waiting = list(bad)
    with closing(Wire(production.ports[service], token)) as wire:
        while waiting:
            some, waiting = waiting[:8], waiting[8:]
            began = clock()
            answers = await asyncio.gather(*(wire.send(one) for one in some))
            if clock() - began > MOST:
                answers = [await in_a_moment(one.name, partial(wire.send, one), clock) for one in some]
            for one, answer in zip(some, answers, strict=True):
                yield one, answer
    assert clock() > at_first, "whoever answers so much has worked"


async def _first_status(port: int, raw: bytes) -> int:
    """Return the status of the first answer; 0 when the service hangs up without one."""
    reader, writer = await asyncio.open_connection(HOST, port)
    try:
        writer.write(raw)
        line = await asyncio.wait_for(reader.readline(), 30)
    except ConnectionError:
        return 0
    finally:
        writer.transport.abort()
    return int(line.split()[1]) if line else 0


def _body_of(operation: dict[str, Any], document: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Return the media type of a body, and the documented example of one that is JSON."""
    contents = operation.get("requestBody", {}).get("content", {"application/json": {}})
    kind, content = next(iter(contents.items()))
    reference = re.search(r"#/components/schemas/(\w+)", str(content.get("schema", "")))
    schema = document["components"]["schemas"][reference.group(1)] if reference else {}
    return kind, next(iter(schema.get("examples", ())), {}) or {"reason": "none"}
