"""No input costs more than it is long: every text of every operation, twice as long, and the time beside it."""

import itertools
import json
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
import structlog
from fastapi import FastAPI

import books_service.main
import loans_service.main
from shared.configuration import load
from shared.kernel.ids import new_id
from shared.tokens import SigningKey, StaticKeys
from tests.loans.fakes import FakeCatalogue, FakeMembers
from tests.loans.makers import ADA, a_copy, a_standing
from tests.members.api.conftest import a_service as members_on
from tests.shared.cpu_time import grows_faster_than_its_text
from tests.shared.hostile_texts import UNITS, hostile
from tests.shared.hostile_tokens import a_token
from tests.templates import Templates

LONGEST_BODY, LONG_BODY, LONGEST_TARGET, LONGEST_HEADER = 60_000, 200_000, 7_500, 14_000
SCOPES = "self books:write books:lending members:read members:write members:standing loans:read loans:write admin"
_A_FORM = {"Content-Type": "application/x-www-form-urlencoded"}
SOMETHING = "0198c0de-0000-7000-8000-00000000dead"
HEADERS = ("Accept-Language", "Authorization", "Content-Type", "Cookie", "Origin", "X-Request-ID", "traceparent")
WHOLE_BODIES: Mapping[str, Callable[[int], bytes]] = {
    "an unclosed text after many brackets": lambda size: hostile('\\"', size, before="[" * 33 + '"').encode(),
    "brackets": lambda size: hostile("[", size).encode(),
    "pairs of brackets": lambda size: hostile("[],", size, before="[", after="1]").encode(),
    "unknown members": lambda size: json.dumps({f"m{n:05}": 1 for n in range(size // 13)}).encode(),
    "numbers": lambda size: hostile("1,", size, before='{"a":[', after="1]}").encode(),
    "a number": lambda size: hostile("9", size, before='{"a":', after="}").encode(),
    "escapes": lambda size: hostile("\\u0301\\u0327", size, before='{"a":"', after='"}').encode(),
}


@dataclass(frozen=True, slots=True)
class Place:
    """Somewhere in a request where a text of any length may stand."""

    name: str
    longest: int
    request: Callable[[str], httpx.Request]

    def of_size(self, unit: str, size: int) -> httpx.Request:
        return self.request(hostile(unit, size))


@pytest.fixture(scope="module", autouse=True)
def quiet() -> Iterator[None]:
    """What is logged of each request costs more than the request."""
    structlog.configure(processors=[_drop])
    yield
    structlog.reset_defaults()


def _drop(*_: Any) -> Any:
    raise structlog.DropEvent


@asynccontextmanager
async def _books(templates: Templates, folder: Path, key: SigningKey) -> AsyncIterator[tuple[FastAPI, SigningKey]]:
    url = await templates.on_sqlite("books_service", folder / "books.db")
    settings = load(books_service.settings.Settings, database_url=url, rabbitmq_url="amqp://broker.invalid")
    app = books_service.main.create_app(settings, keys=StaticKeys([key.public_jwk()]))
    async with app.router.lifespan_context(app):
        yield app, key


@asynccontextmanager
async def _members(templates: Templates, folder: Path, _: SigningKey) -> AsyncIterator[tuple[FastAPI, SigningKey]]:
    url = await templates.on_sqlite("members_service", folder / "members.db")
    async for service in members_on(url, folder):
        yield service.app, service.key


@asynccontextmanager
async def _loans(templates: Templates, folder: Path, key: SigningKey) -> AsyncIterator[tuple[FastAPI, SigningKey]]:
    url = await templates.on_sqlite("loans_service", folder / "loans.db")
    settings = load(
        loans_service.settings.Settings,
        database_url=url,
        books_url="http://books.invalid",
        members_url="http://members.invalid",
        client_secret="not used here",
    )
    app = loans_service.main.create_app(settings, keys=StaticKeys([key.public_jwk()]))
    neighbours = {"catalogue": FakeCatalogue(a_copy()), "members": FakeMembers(ADA=a_standing())}
    app.state.ports = replace(app.state.ports, **neighbours)
    async with app.router.lifespan_context(app):
        yield app, key


SERVICES = {"books": _books, "members": _members, "loans": _loans}


@pytest.fixture(params=SERVICES)
async def http(
    request: pytest.FixtureRequest, templates: Templates, tmp_path: Path
) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody who may do everything at a service."""
    async with AsyncExitStack() as stack:
        app, key = await stack.enter_async_context(SERVICES[request.param](templates, tmp_path, SigningKey.generate()))
        token = a_token(
            key, scope=SCOPES, roles=["admin"], member_id=str(ADA), sub=str(new_id()), exp=int(time.time()) + 3_000
        )
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        client = httpx.AsyncClient(
            transport=transport, base_url="http://library.test", headers={"Authorization": f"Bearer {token}"}
        )
        yield await stack.enter_async_context(client)


async def test_no_text_costs_more_than_it_is_long(http: httpx.AsyncClient) -> None:
    document = (await http.get("/openapi.json")).json()
    places = [
        place for method, path, it in _operations(document) for place in _places(http, method, path, it, document)
    ]

    costly = [
        f"{place.name}: {text}"
        for place, (text, unit) in itertools.product(places, UNITS.items())
        if await grows_faster_than_its_text(_cost(http, partial(place.of_size, unit)), place.longest)
    ]

    assert len(places) > 60
    assert [] == costly


async def test_no_body_costs_more_than_it_is_long(http: httpx.AsyncClient) -> None:
    document = (await http.get("/openapi.json")).json()
    costly = []
    for method, path, it in _operations(document):
        for kind in it.get("requestBody", {}).get("content", ()):
            longest = _longest_body(it)
            for text, content in WHOLE_BODIES.items():
                make = _with_body(http, method, path, kind, content)
                if await grows_faster_than_its_text(_cost(http, make), longest):
                    costly.append(f"{method} {path}: {text}")

    assert [] == costly


@pytest.mark.parametrize("quadratic", [True, False])
async def test_a_route_that_compares_every_letter_with_every_other_is_found(*, quadratic: bool) -> None:
    async def app(scope: Any, _: Any, send: Any) -> None:
        text = scope["query_string"]
        found = sum(text.count(bytes([letter])) for letter in (text if quadratic else text[:1] * 100))
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": str(found).encode()})

    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://planted.test") as http:
        cost = _cost(http, lambda size: http.build_request("GET", f"/?{'a' * size}"))

        assert quadratic == await grows_faster_than_its_text(cost, 20_000)


def _cost(http: httpx.AsyncClient, make: Callable[[int], httpx.Request]) -> Callable[[int], Awaitable[float]]:
    async def cost(size: int) -> float:
        request = make(size)
        began = time.thread_time()
        answer = await http.send(request)
        spent = time.thread_time() - began
        assert answer.status_code < 500 or answer.json()["code"] in {"neighbour-unavailable", "unavailable"}, (
            answer.text
        )
        return spent

    return cost


def _operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


def _places(
    http: httpx.AsyncClient, method: str, path: str, operation: dict[str, Any], document: dict[str, Any]
) -> Iterator[Place]:
    contents = operation.get("requestBody", {}).get("content", {})
    kind, schema = next(((kind, content["schema"]) for kind, content in contents.items()), ("", {}))
    example = next(iter(_followed(schema, document).get("examples", [{}])))
    at = _somewhere(path)

    def build(target: str, headers: Mapping[str, str], content: Any) -> httpx.Request:
        raw = {
            name: value.encode() for name, value in {"Content-Type": kind, "If-Match": "*", **headers}.items() if value
        }
        body = json.dumps(content, ensure_ascii=False).encode() if kind else None
        return http.build_request(method, target, headers=raw, content=body)

    def in_query(name: str, text: str) -> httpx.Request:
        return build(f"{at}?{name}={_quoted(text)}", {}, example)

    def in_header(name: str, text: str) -> httpx.Request:
        return build(at, {name: text}, example)

    def in_path(name: str, text: str) -> httpx.Request:
        beginning, end = (_somewhere(part) for part in path.split(f"{{{name}}}", 1))
        return build(f"{beginning}{_quoted(text)}{end}", {}, example)

    def in_body(steps: tuple[str | int, ...], text: str) -> httpx.Request:
        return build(at, {}, _with(example, steps, text))

    ways = {
        "query": (in_query, LONGEST_TARGET),
        "header": (in_header, LONGEST_HEADER),
        "path": (in_path, LONGEST_TARGET),
    }
    for parameter in operation.get("parameters", ()):
        name, (way, longest) = parameter["name"], ways[parameter["in"]]
        yield Place(f"{method} {path} {parameter['in']} {name}", longest, partial(way, name))
    if method == "GET" and "{" not in path:
        yield from (Place(f"{path} header {name}", LONGEST_HEADER, partial(in_header, name)) for name in HEADERS)
    if kind == "application/json":
        for steps in _texts_in(schema, document):
            yield Place(f"{method} {path} {steps}", LONGEST_BODY, partial(in_body, steps))
    elif kind == "application/x-www-form-urlencoded":
        yield from _form_fields(http, method, path, schema)


def _form_fields(http: httpx.AsyncClient, method: str, path: str, schema: dict[str, Any]) -> Iterator[Place]:
    grants = schema["properties"].get("grant_type", {}).get("enum", [None])
    for name, grant in itertools.product(schema["properties"], grants):
        fields = dict.fromkeys(schema["properties"], "x") | ({"grant_type": grant} if grant else {})

        def build(text: str, name: str = name, fields: Mapping[str, str] = fields) -> httpx.Request:
            bent = "&".join(f"{one}={_quoted(text if one == name else value)}" for one, value in fields.items())
            return http.build_request(method, path, headers=_A_FORM, content=bent.encode())

        yield Place(f"{method} {path} {grant} {name}", 16_000, build)


def _quoted(text: str) -> str:
    """Escape a text in an address or form, and keep it as short as it was."""
    whole = quote(text, safe="")
    return whole[: len(text.encode())].rpartition("%")[0] or whole[: len(text.encode())]


def _followed(schema: dict[str, Any], document: dict[str, Any]) -> dict[str, Any]:
    name = schema.get("$ref", "").rpartition("/")[2]
    found: dict[str, Any] = document["components"]["schemas"][name] if name else schema
    return found


def _texts_in(schema: dict[str, Any], document: dict[str, Any], depth: int = 4) -> Iterator[tuple[str | int, ...]]:
    """Yield the ways to all texts in a body of this schema; 0 is the first of a list."""
    schema = _followed(schema, document)
    if schema.get("type") == "string":
        yield ()
    for either in schema.get("anyOf", ()) if depth else ():
        yield from _texts_in(either, document, depth - 1)
    if "items" in schema and depth:
        yield from ((0, *steps) for steps in _texts_in(schema["items"], document, depth - 1))
    for name, inner in schema.get("properties", {}).items() if depth else ():
        yield from ((name, *steps) for steps in _texts_in(inner, document, depth - 1))


def _with(value: Any, steps: tuple[str | int, ...], text: str) -> Any:
    if not steps:
        return text
    first, *rest = steps
    if first == 0:
        return [_with(value[0] if isinstance(value, list) and value else {}, tuple(rest), text)]
    held = value if isinstance(value, dict) else {}
    return {**held, first: _with(held.get(str(first)), tuple(rest), text)}


def _with_body(
    http: httpx.AsyncClient, method: str, path: str, kind: str, content: Callable[[int], bytes]
) -> Callable[[int], httpx.Request]:
    headers = {"Content-Type": kind, "If-Match": "*"}
    target = _somewhere(path) + ("?format=json" if path == "/v1/imports" else "")
    return lambda size: http.build_request(method, target, headers=headers, content=content(size))


def _longest_body(operation: dict[str, Any]) -> int:
    told = re.search(r"\d+", operation["responses"]["413"]["description"])
    return min(LONG_BODY, int(told[0]) - 1_000) if told else LONGEST_BODY


def _somewhere(path: str) -> str:
    return re.sub(r"\{\w+\}", SOMETHING, re.sub(r"\{(code|branch|version)\}", "1", path))
