"""No input costs more than it is long: every text of every operation, twice as long, and the time beside it."""

import itertools
import json
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import structlog

from shared.tokens import SigningKey
from tests.end_to_end.every_text import LONGEST_BODY, Operation, operations_of, somewhere
from tests.end_to_end.in_process import SERVICES, mighty_token
from tests.end_to_end.straight import Question, Straight, question
from tests.shared.cpu_time import grows_faster_than_its_text
from tests.shared.hostile_texts import UNITS, hostile
from tests.templates import Templates

LONG_BODY = 200_000
MOST_TOLD = 5  # where one field is dear, all are that are read alike
WHOLE_BODIES: Mapping[str, Callable[[int], bytes]] = {
    "an unclosed text after many brackets": lambda size: hostile('\\"', size, before="[" * 33 + '"').encode(),
    "brackets": lambda size: hostile("[", size).encode(),
    "pairs of brackets": lambda size: hostile("[],", size, before="[", after="1]").encode(),
    "unknown members": lambda size: json.dumps({f"m{n:05}": 1 for n in range(size // 13)}).encode(),
    "numbers": lambda size: hostile("1,", size, before='{"a":[', after="1]}").encode(),
    "a number": lambda size: hostile("9", size, before='{"a":', after="}").encode(),
    "escapes": lambda size: hostile("\\u0301\\u0327", size, before='{"a":"', after='"}').encode(),
}


@pytest.fixture(scope="module", autouse=True)
def quiet() -> Iterator[None]:
    """What is logged of each request costs more than the request."""
    structlog.configure(processors=[_drop])
    yield
    structlog.reset_defaults()


def _drop(*_: Any) -> Any:
    raise structlog.DropEvent


@pytest.fixture(params=SERVICES)
async def http(request: pytest.FixtureRequest, templates: Templates, tmp_path: Path) -> AsyncIterator[Straight]:
    """Somebody who may do everything at a service."""
    async with AsyncExitStack() as stack:
        app, key = await stack.enter_async_context(SERVICES[request.param](templates, tmp_path, SigningKey.generate()))
        yield Straight(app, [("Authorization", f"Bearer {mighty_token(key)}")])


async def test_no_text_costs_more_than_it_is_long(http: Straight) -> None:
    document = (await http.send(question("GET", "/openapi.json"))).json()
    places = [
        place
        for method, path, it in operations_of(document)
        for place in Operation(method, path, it, document).places()
    ]

    costly: list[str] = []
    for place, (text, unit) in itertools.product(places, UNITS.items()):
        if await grows_faster_than_its_text(_cost(http, partial(place.of_size, unit)), place.longest):
            costly.append(f"{place.name}: {text}")
        if len(costly) == MOST_TOLD:
            break

    assert len(places) > 60
    assert [] == costly


async def test_no_body_costs_more_than_it_is_long(http: Straight) -> None:
    document = (await http.send(question("GET", "/openapi.json"))).json()
    costly = []
    for method, path, it in operations_of(document):
        for kind in it.get("requestBody", {}).get("content", ()):
            longest = _longest_body(it)
            for text, content in WHOLE_BODIES.items():
                make = _with_body(method, path, kind, content)
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

    cost = _cost(Straight(app), lambda size: question("GET", f"/?{'a' * size}"))

    assert quadratic == await grows_faster_than_its_text(cost, 20_000)


def _cost(http: Straight, make: Callable[[int], Question]) -> Callable[[int], Awaitable[float]]:
    async def cost(size: int) -> float:
        asked = make(size)
        began = time.thread_time()
        answer = await http.send(asked)
        spent = time.thread_time() - began
        assert answer.status < 500 or answer.json()["code"] in {"neighbour-unavailable", "unavailable"}, answer.content
        return spent

    return cost


def _with_body(method: str, path: str, kind: str, content: Callable[[int], bytes]) -> Callable[[int], Question]:
    headers = [("Content-Type", kind), ("If-Match", "*")]
    target = somewhere(path) + ("?format=json" if path == "/v1/imports" else "")
    return lambda size: question(method, target, headers, content(size))


def _longest_body(operation: dict[str, Any]) -> int:
    told = re.search(r"\d+", operation["responses"]["413"]["description"])
    return min(LONG_BODY, int(told[0]) - 1_000) if told else LONGEST_BODY
