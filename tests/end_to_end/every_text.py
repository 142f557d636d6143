"""Every place in the requests of a service where a text may stand, as its OpenAPI document tells."""

import itertools
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any
from urllib.parse import quote

from tests.end_to_end.straight import Question, question
from tests.shared.hostile_texts import hostile

LONGEST_BODY, LONGEST_FORM, LONGEST_TARGET, LONGEST_HEADER = 60_000, 16_000, 7_500, 14_000
SOMETHING = "0198c0de-0000-7000-8000-00000000dead"
FORM = "application/x-www-form-urlencoded"
HEADERS = ("Accept-Language", "Authorization", "Content-Type", "Cookie", "Origin", "X-Request-ID", "traceparent")

Steps = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """Somewhere in a request where a text of any length may stand."""

    name: str
    longest: int
    request: Callable[[str], Question]

    def of_size(self, unit: str, size: int) -> Question:
        return self.request(hostile(unit, size))


def operations_of(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


def somewhere(path: str) -> str:
    """Fill the places of an address in with ids that nothing has."""
    return re.sub(r"\{\w+\}", SOMETHING, re.sub(r"\{(code|branch|version)\}", "1", path))


class Operation:
    """One operation, and the requests for it that are good but for one text."""

    def __init__(self, method: str, path: str, operation: dict[str, Any], document: dict[str, Any]) -> None:
        contents = operation.get("requestBody", {}).get("content", {})
        self._method, self._path, self._document = method, path, document
        self._parameters = operation.get("parameters", ())
        self._kind: str = next(iter(contents), "")
        self._schema: dict[str, Any] = contents[self._kind]["schema"] if contents else {}
        self._example = next(iter(_followed(self._schema, document).get("examples", [{}])))

    def places(self) -> Iterator[Place]:
        """Yield the place of each parameter, header, field of a form and text of a body."""
        at = f"{self._method} {self._path}"
        for parameter in self._parameters:
            name, where = parameter["name"], parameter["in"]
            ways = {
                "query": (self._in_query, LONGEST_TARGET),
                "header": (self._in_header, LONGEST_HEADER),
                "path": (self._in_path, LONGEST_TARGET),
            }
            way, longest = ways[where]
            yield Place(f"{at} {where} {name}", longest, partial(way, name))
        if self._method == "GET" and "{" not in self._path:
            yield from (
                Place(f"{at} header {name}", LONGEST_HEADER, partial(self._in_header, name)) for name in HEADERS
            )
        if self._kind == "application/json":
            for steps in _texts_in(self._schema, self._document):
                yield Place(f"{at} {steps}", LONGEST_BODY, partial(self._in_body, steps))
        elif self._kind == FORM:
            for name, grant in itertools.product(self._fields, self._grants()):
                yield Place(f"{at} {grant} {name}", LONGEST_FORM, partial(self._in_form, name, grant))

    @property
    def _fields(self) -> dict[str, Any]:
        """The fields of a form, wherever they are described; one that takes any has none."""
        found: dict[str, Any] = _followed(self._schema, self._document).get("properties", {})
        return found

    def _grants(self) -> list[str]:
        found: list[str] = self._fields.get("grant_type", {}).get("enum", [""])
        return found

    def _in_query(self, name: str, text: str) -> Question:
        return self._built(f"{somewhere(self._path)}?{name}={_quoted(text)}")

    def _in_header(self, name: str, text: str) -> Question:
        return self._built(somewhere(self._path), {name: text})

    def _in_path(self, name: str, text: str) -> Question:
        beginning, end = (somewhere(part) for part in self._path.split(f"{{{name}}}", 1))
        return self._built(f"{beginning}{_quoted(text)}{end}")

    def _in_body(self, steps: Steps, text: str) -> Question:
        return self._built(somewhere(self._path), content=_with(self._example, steps, text))

    def _in_form(self, name: str, grant: str, text: str) -> Question:
        fields = dict.fromkeys(self._fields, "x") | ({"grant_type": grant} if grant else {}) | {name: text}
        content = "&".join(f"{one}={_quoted(value)}" for one, value in fields.items())
        return question(self._method, self._path, [("Content-Type", FORM)], content.encode())

    def _built(self, target: str, headers: Mapping[str, str] | None = None, content: Any = None) -> Question:
        given = {"Content-Type": self._kind, "If-Match": "*", **(headers or {})}
        lines = [(name, value) for name, value in given.items() if value]
        body = json.dumps(self._example if content is None else content, ensure_ascii=False).encode()
        return question(self._method, target, lines, body if self._kind else b"")


@lru_cache(maxsize=512)  # the same texts in one place after another
def _quoted(text: str) -> str:
    """Escape a text in an address or form, and keep it as short as it was."""
    whole = quote(text, safe="")
    return whole[: len(text.encode())].rpartition("%")[0] or whole[: len(text.encode())]


def _followed(schema: dict[str, Any], document: dict[str, Any]) -> dict[str, Any]:
    name = schema.get("$ref", "").rpartition("/")[2]
    found: dict[str, Any] = document["components"]["schemas"][name] if name else schema
    return found


def _texts_in(schema: dict[str, Any], document: dict[str, Any], depth: int = 4) -> Iterator[Steps]:
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


def _with(value: Any, steps: Steps, text: str) -> Any:
    if not steps:
        return text
    first, *rest = steps
    if first == 0:
        return [_with(value[0] if isinstance(value, list) and value else {}, tuple(rest), text)]
    held = value if isinstance(value, dict) else {}
    return {**held, first: _with(held.get(str(first)), tuple(rest), text)}
