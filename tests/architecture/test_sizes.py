"""Files, functions and folders do not grow past what somebody can keep in mind at one sitting."""

import ast
from collections import Counter
from pathlib import Path

import pytest

from tests.architecture.checkout import ROOT

MOST_LINES_OF_A_FILE = 400
MOST_LINES_OF_A_FUNCTION = 40  # of its own, without what it is handed, its docstring and the functions inside of it
MOST_MODULES_OF_A_FOLDER = 20
PRODUCT = sorted(file for room in ("*_service", "shared", "deploy") for file in ROOT.glob(f"{room}/**/*.py"))
WRITTEN = [file for file in PRODUCT if file.parent.name != "versions"]
"""All but the migrations, which only list, and of which each change has one for ever."""
TESTS = sorted(ROOT.glob("tests/**/*.py"))

Function = ast.FunctionDef | ast.AsyncFunctionDef


def own_lines(function: Function) -> int:
    """Return how long the body is that one has to follow."""
    body = function.body[1:] if ast.get_docstring(function) is not None else function.body
    if not body:
        return 0
    inner = [node for node in ast.walk(function) if isinstance(node, Function) and node is not function]
    first, last = body[0].lineno, body[-1].end_lineno or 0
    inside = {line for node in inner for line in range(node.lineno, (node.end_lineno or 0) + 1)}
    return len(set(range(first, last + 1)) - inside)


def long_functions(text: str) -> list[str]:
    """Return the functions of a file that are too long."""
    functions = [node for node in ast.walk(ast.parse(text)) if isinstance(node, Function)]
    return [node.name for node in functions if own_lines(node) > MOST_LINES_OF_A_FUNCTION]


@pytest.mark.parametrize("lines", [40, 41])
def test_a_long_function_is_noticed(lines: int) -> None:
    text = 'def it():\n    """Say.\n\n    More."""\n    def inner():\n        pass\n' + "    pass\n" * lines

    assert (["it"] if lines > MOST_LINES_OF_A_FUNCTION else []) == long_functions(text)


def test_no_function_is_longer_than_forty_lines() -> None:
    assert {} == {name(file): found for file in WRITTEN if (found := long_functions(file.read_text(encoding="utf-8")))}


def test_no_file_is_longer_than_four_hundred_lines() -> None:
    assert PRODUCT
    assert TESTS
    lines = {name(file): file.read_text(encoding="utf-8").count("\n") for file in [*PRODUCT, *TESTS]}

    assert {} == {file: count for file, count in lines.items() if count > MOST_LINES_OF_A_FILE}


def test_no_folder_has_more_than_twenty_modules() -> None:
    modules = Counter(file.parent for file in WRITTEN if file.name != "__init__.py")

    assert {} == {name(folder): count for folder, count in modules.items() if count > MOST_MODULES_OF_A_FOLDER}


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))
