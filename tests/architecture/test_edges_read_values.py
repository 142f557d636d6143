"""Routes and listeners may read the domain's values. What lives and changes they reach through a use case alone.

Values are enumerations, refusals, frozen dataclasses, constants, and functions that read one text.
"""

import ast
from collections.abc import Iterable, Iterator
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


def enumerations(trees: Iterable[ast.Module]) -> dict[frozenset[object], str]:
    """Return the enumerations by their words."""
    classes = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    words = {
        node.name: frozenset(
            part.value.value
            for part in node.body
            if isinstance(part, ast.Assign) and isinstance(part.value, ast.Constant)
        )
        for node in classes
        if any("Enum" in ast.unparse(base) for base in node.bases)
    }
    return {values: name for name, values in words.items() if values}


def literals(tree: ast.Module) -> Iterator[frozenset[object]]:
    """Yield the words of each Literal."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Subscript) and ast.unparse(node.value) == "Literal":
            parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
            yield frozenset(part.value for part in parts if isinstance(part, ast.Constant))


def test_a_literal_that_repeats_an_enumeration_is_noticed() -> None:
    tree = ast.parse('class Colour(StrEnum):\n    RED = "red"\n    BLUE = "blue"\n\n\nword: Literal["blue", "red"]\n')

    assert ["Colour"] == [enumerations([tree])[words] for words in literals(tree)]


@pytest.mark.parametrize("service", ["books_service", "members_service", "loans_service"])
def test_no_literal_repeats_an_enumeration(service: str) -> None:
    files = sorted((ROOT / service).glob("**/*.py"))
    trees = {str(file.relative_to(ROOT)): ast.parse(file.read_text(encoding="utf-8")) for file in files}
    known = enumerations(trees.values())

    assert known
    repeated = [(file, known[words]) for file, tree in trees.items() for words in literals(tree) if words in known]
    assert [] == repeated
