"""Routes and listeners may read the domain's values. What lives and changes they reach through a use case alone.

Values are enumerations, refusals, frozen dataclasses, constants, and functions that read one text.
"""

import ast
from collections.abc import Iterator
from dataclasses import is_dataclass
from enum import Enum
from inspect import isfunction, signature
from pkgutil import resolve_name
from types import ModuleType

import pytest

from tests.architecture.checkout import ROOT

EDGES = sorted(file for room in ("api", "listeners") for file in ROOT.glob(f"*_service/{room}/**/*.py"))


def is_value(thing: object) -> bool:
    if isinstance(thing, type):
        frozen = is_dataclass(thing) and thing.__dataclass_params__.frozen  # type: ignore[attr-defined] # of dataclasses
        return frozen or issubclass(thing, (Enum, Exception))
    if isfunction(thing):
        return [str] == [parameter.annotation for parameter in signature(thing).parameters.values()]
    return not isinstance(thing, ModuleType)


def imported(text: str) -> Iterator[str]:
    """Yield the places of what a file imports."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def in_a_domain(place: str) -> bool:
    service, room, *_ = *place.split("."), ""
    return service.endswith("_service") and room == "domain"


def no_values(text: str) -> list[str]:
    return [place for place in imported(text) if in_a_domain(place) and not is_value(resolve_name(place))]


@pytest.mark.parametrize(
    "line",
    [
        "import loans_service.domain.lending.loan",
        "from books_service import domain",
        "from loans_service.domain.lending import loan",
        "from loans_service.domain.lending.loan import Loan",
        "from members_service.domain.membership.member import Member",
        "from books_service.domain.stock.copy import Copy",
        "from loans_service.domain.lending.check_out import assess",
    ],
)
def test_what_is_no_value_is_noticed(line: str) -> None:
    assert 1 == len(no_values(line))


@pytest.mark.parametrize(
    "line",
    [
        "from loans_service.domain.lending.loan_status import LoanStatus",
        "from loans_service.domain.lending.loan_refusals import LoanNotFound",
        "from loans_service.domain.rules.policy import CHARGE_KINDS, LendingRule",
        "from members_service.domain.pin import check_pin",
        "from loans_service.application.lending.use_cases import LendingUseCases",
    ],
)
def test_a_value_may_be_read(line: str) -> None:
    assert [] == no_values(line)


def test_routes_and_listeners_import_nothing_but_values_from_the_domain() -> None:
    assert EDGES
    found = {str(file.relative_to(ROOT)): no_values(file.read_text(encoding="utf-8")) for file in EDGES}

    assert {} == {file: places for file, places in found.items() if places}
