"""Refusals as clients meet them: of each act a table, in which each code that it declares stands once."""

import re
import sys
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from typing import Any, TypeVar

import httpx
import pytest

from shared.kernel.errors import refusals_of

Service = TypeVar("Service")
Meets = Callable[[Service], Awaitable[httpx.Response]]
"""How a client comes to be refused; the answer is the refusal."""
Tables = Mapping[object, Mapping[str, Meets[Service]]]
"""By act, as its use case declares it, and by code."""
Reasons = Mapping[object, Mapping[str, str]]
"""Why a code of an act, or every code of it (`EVERY`), stands in no table."""
EVERY = "*"
_NEXT = re.compile(r"[.?] [A-Z]")  # a second sentence begins


def declaring(package: str) -> Iterator[object]:
    """Yield what declares refusals in the application of a service; its routes have imported all of it."""
    modules = [module for name, module in [*sys.modules.items()] if name.startswith(f"{package}.application.")]
    for module in modules:
        for thing in [each for each in vars(module).values() if getattr(each, "__module__", "") == module.__name__]:
            parts = vars(thing).values() if isinstance(thing, type) else ()
            yield from (each for each in (thing, *parts) if hasattr(each, "__refuses__"))


def declared(package: str) -> set[tuple[str, str]]:
    """Return name and code of everything that an act of a service may refuse."""
    return {(name_of(act), kind.code) for act in declaring(package) for kind in refusals_of(act)}


def name_of(act: Any) -> str:
    name: str = act.__qualname__
    return name


def rows(tables: Tables[Service]) -> list[Any]:
    """Return a case for each row: the code, and how it is met."""
    return [
        pytest.param(code, meets, id=f"{name_of(act)}-{code}")
        for act, table in tables.items()
        for code, meets in table.items()
    ]


def in_rows(tables: Mapping[object, Iterable[str]], package: str) -> set[tuple[str, str]]:
    """Return name and code of each row; `EVERY` stands for all that its act declares."""
    named = {(name_of(act), code) for act, table in tables.items() for code in table}
    of_all = {name for name, code in named if code == EVERY}
    return {(name, code) for name, code in named if code != EVERY} | {
        (name, code) for name, code in declared(package) if name in of_all
    }


def assert_tables_are_whole(package: str, tables: Tables[Any], reasons: Reasons) -> None:
    """Assert that each declared refusal stands in a table, or has a reason why not, and that nothing else does."""
    proved, excused = in_rows(tables, package), in_rows(reasons, package)
    assert set() == declared(package) - proved - excused, "declared, and neither in a table nor excused"
    assert set() == (proved | excused) - declared(package), "in a table or excused, and not declared"
    assert set() == proved & excused, "in a table, and excused all the same"


def assert_refused(answer: httpx.Response, code: str, *, status: int, in_one: frozenset[str]) -> None:
    """Assert that an answer is this one refusal, and tells a person what is the matter and what to do next.

    That is a second sentence, or when to come back; what is not there, or cannot be at its place, may do without, and
    so may the codes `in_one` sentence.
    """
    problem = answer.json()
    assert (status, "application/problem+json") == (answer.status_code, answer.headers["content-type"]), answer.text
    assert (status, code) == (problem["status"], problem["code"])
    (error,) = problem.get("errors", [problem])
    assert code == error["code"]
    assert answer.headers["X-Request-ID"] == problem["request_id"]
    assert problem["detail"][-1] in ".?"
    whole = status == 404 or "pointer" in error or code in in_one
    assert whole or "Retry-After" in answer.headers or _NEXT.search(problem["detail"]), problem["detail"]
