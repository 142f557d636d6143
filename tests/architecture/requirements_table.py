"""The table of security requirements, docs/asvs.md, read as it stands; and what is wrong with it."""

import ast
import re
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

HOLDS, PARTLY, FAILS, NOTHING_TO_HOLD = "✓", "◐", "✗", "n/a"
STATES = (HOLDS, PARTLY, FAILS, NOTHING_TO_HOLD)
_FEWEST_WORDS = 4
_NAMED = re.compile(r"`(tests/[^`/]+/[^`]*?\.py)::(\w+)`")
_ANY_CODE = re.compile(r"`tests/[^`]*`")
_WORD = re.compile(r"[^\W\d_]{2,}")
_COLUMNS = ["item", "asks for", "state", "evidence"]


@dataclass(frozen=True, slots=True)
class Row:
    """One requirement, and what shows that it holds: tests, each by its file and name, or a reason in words."""

    item: str
    asked: str
    state: str
    evidence: str

    @property
    def tests(self) -> list[tuple[str, str]]:
        """Return the file and name of each test that is named."""
        return _NAMED.findall(self.evidence)

    @property
    def has_reason(self) -> bool:
        """Whether something is said beside the names of tests."""
        return len(_WORD.findall(_ANY_CODE.sub("", self.evidence))) >= _FEWEST_WORDS


def rows_of(text: str) -> list[Row]:
    """Return the rows of every table in `text`. Raises ValueError for a line that is no row like the others."""
    rows = []
    for line in text.splitlines():
        if not line.startswith("|"):
            continue
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if cells == _COLUMNS or all(re.fullmatch(":?-+:?", cell) for cell in cells):
            continue
        if len(cells) != len(_COLUMNS):
            raise ValueError(f"a row has {len(_COLUMNS)} cells: {line}")
        rows.append(Row(*cells))
    return rows


def faults_in(rows: Collection[Row], *, expected: Collection[str], tests: Path) -> Iterator[str]:
    """Yield a sentence for whatever is wrong. `tests` is the folder in which the tests are looked for."""
    times = Counter(row.item for row in rows)
    yield from (f"{item} is missing" for item in expected if item not in times)
    yield from (f"{item} is not expected: add it to the list" for item in times if item not in expected)
    yield from (f"{item} stands there {count} times" for item, count in times.items() if count > 1)
    for row in rows:
        yield from (f"{row.item}: {fault}" for fault in _faults_of(row, tests))


def _faults_of(row: Row, tests: Path) -> Iterator[str]:
    if not row.asked:
        yield "it does not say what is asked for"
    if row.state not in STATES:
        yield f"its state is one of {' '.join(STATES)}, not {row.state!r}"
    if row.state != HOLDS and not row.has_reason:
        yield f"{row.state} needs a reason in words"
    if not row.tests and not row.has_reason:
        yield "it has neither a test nor a reason"
    if len(row.tests) != len(_ANY_CODE.findall(row.evidence)):
        yield "a test is named as `tests/…/test_file.py::test_name`"
    for file, name in row.tests:
        if name not in _tests_in(tests, file):
            yield f"there is no test {name} in a {Path(file).name} below {'/'.join(file.split('/')[:2])}"


@cache
def _tests_in(tests: Path, file: str) -> frozenset[str]:
    """Return the tests of every file of that name below the same part of `tests`: a file may move within its part."""
    _, part, *_, name = file.split("/")
    return frozenset(found for path in (tests / part).rglob(name) for found in _defined_in(path))


def _defined_in(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
            yield node.name
