"""Each requirement of security has its row in docs/asvs.md, and what the rows name is there."""

from collections import Counter
from pathlib import Path

import pytest

from tests.architecture.checkout import ROOT
from tests.architecture.requirements_table import FAILS, HOLDS, NOTHING_TO_HOLD, PARTLY, Row, faults_in, rows_of

LEVELS_1_AND_2 = """
    1.1.1 1.1.2 1.2.1 1.2.2 1.2.3 1.2.4 1.2.5 1.2.6 1.2.7 1.2.8 1.2.9 1.3.1 1.3.2 1.3.3 1.3.4 1.3.5 1.3.6 1.3.7
    1.3.8 1.3.9 1.3.10 1.3.11 1.4.1 1.4.2 1.4.3 1.5.1 1.5.2
    2.1.1 2.1.2 2.1.3 2.2.1 2.2.2 2.2.3 2.3.1 2.3.2 2.3.3 2.3.4 2.4.1
    3.2.1 3.2.2 3.3.1 3.3.2 3.3.3 3.3.4 3.4.1 3.4.2 3.4.3 3.4.4 3.4.5 3.4.6 3.5.1 3.5.2 3.5.3 3.5.4 3.5.5 3.7.1
    3.7.2
    4.1.1 4.1.2 4.1.3 4.2.1 4.3.1 4.3.2 4.4.1 4.4.2 4.4.3 4.4.4
    5.1.1 5.2.1 5.2.2 5.2.3 5.3.1 5.3.2 5.4.1 5.4.2 5.4.3
    6.1.1 6.1.2 6.1.3 6.2.1 6.2.2 6.2.3 6.2.4 6.2.5 6.2.6 6.2.7 6.2.8 6.2.9 6.2.10 6.2.11 6.2.12 6.3.1 6.3.2 6.3.3
    6.3.4 6.4.1 6.4.2 6.4.3 6.4.4 6.5.1 6.5.2 6.5.3 6.5.4 6.5.5 6.6.1 6.6.2 6.6.3 6.8.1 6.8.2 6.8.3 6.8.4
    7.1.1 7.1.2 7.1.3 7.2.1 7.2.2 7.2.3 7.2.4 7.3.1 7.3.2 7.4.1 7.4.2 7.4.3 7.4.4 7.4.5 7.5.1 7.5.2 7.6.1 7.6.2
    8.1.1 8.1.2 8.2.1 8.2.2 8.2.3 8.3.1 8.4.1
    9.1.1 9.1.2 9.1.3 9.2.1 9.2.2 9.2.3 9.2.4
    10.1.1 10.1.2 10.2.1 10.2.2 10.3.1 10.3.2 10.3.3 10.3.4 10.4.1 10.4.2 10.4.3 10.4.4 10.4.5 10.4.6 10.4.7
    10.4.8 10.4.9 10.4.10 10.4.11 10.5.1 10.5.2 10.5.3 10.5.4 10.5.5 10.6.1 10.6.2 10.7.1 10.7.2 10.7.3
    11.1.1 11.1.2 11.2.1 11.2.2 11.2.3 11.3.1 11.3.2 11.3.3 11.4.1 11.4.2 11.4.3 11.4.4 11.5.1 11.6.1
    12.1.1 12.1.2 12.1.3 12.2.1 12.2.2 12.3.1 12.3.2 12.3.3 12.3.4
    13.1.1 13.2.1 13.2.2 13.2.3 13.2.4 13.2.5 13.3.1 13.3.2 13.4.1 13.4.2 13.4.3 13.4.4 13.4.5
    14.1.1 14.1.2 14.2.1 14.2.2 14.2.3 14.2.4 14.3.1 14.3.2 14.3.3
    15.1.1 15.1.2 15.1.3 15.2.1 15.2.2 15.2.3 15.3.1 15.3.2 15.3.3 15.3.4 15.3.5 15.3.6 15.3.7
    16.1.1 16.2.1 16.2.2 16.2.3 16.2.4 16.2.5 16.3.1 16.3.2 16.3.3 16.3.4 16.4.1 16.4.2 16.4.3 16.5.1 16.5.2
    16.5.3
    17.1.1 17.2.1 17.2.2 17.2.3 17.2.4 17.3.1 17.3.2
"""
BESIDES = """
    1.2.10 1.3.12 1.5.3 13.4.6
    API1 API2 API3 API4 API5 API6 API7 API8 API9 API10
"""
HEAD = "| item | asks for | state | evidence |\n|---|---|---|---|\n"
THIS = "`tests/architecture/test_security_table.py::test_the_table_is_whole_and_what_it_names_is_there`"
REASON = "Nobody has asked for it so far."
GOOD = f"| 1.1 | this | ✓ | {THIS} |"


def faults(*lines: str, expected: tuple[str, ...] = ("1.1",)) -> list[str]:
    return list(faults_in(rows_of(HEAD + "\n".join(lines)), expected=expected, tests=ROOT / "tests"))


def test_the_table_is_whole_and_what_it_names_is_there() -> None:
    rows = rows_of((ROOT / "docs/asvs.md").read_text(encoding="utf-8"))

    assert [] == list(faults_in(rows, expected=[*LEVELS_1_AND_2.split(), *BESIDES.split()], tests=ROOT / "tests"))


def test_the_standard_has_so_many_requirements_at_its_first_two_levels() -> None:
    items = LEVELS_1_AND_2.split()

    assert 253 == len(items) == len(set(items))


def test_what_does_not_hold_is_said() -> None:
    rows = rows_of((ROOT / "docs/asvs.md").read_text(encoding="utf-8"))

    states = Counter(row.state for row in rows if row.item in LEVELS_1_AND_2.split())

    assert states[FAILS]
    assert f"{states[HOLDS]} hold, {states[PARTLY]} hold partly, {states[FAILS]} do not" in (
        ROOT / "docs/asvs.md"
    ).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "line",
    [
        GOOD,
        f"| 1.1 | this | ✓ | {REASON} |",
        f"| 1.1 | this | {FAILS} | {REASON} |",
        f"| 1.1 | this | {PARTLY} | {THIS}. {REASON} |",
        f"| 1.1 | this | {NOTHING_TO_HOLD} | {REASON} |",
        f"| 1.1 | this | ✓ | {THIS.replace('/test_security', '/elsewhere/test_security')} |",
        f"| 1.1 | this | ✓ | {THIS.replace('/test_security', '/…/test_security')} |",
    ],
)
def test_a_row_with_a_test_or_a_reason_will_do(line: str) -> None:
    assert [] == faults(line)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (f"| 1.1 | this | ✓ | {THIS.replace('whole', 'hole')} |", "there is no test test_the_table_is_hole"),
        (f"| 1.1 | this | ✓ | {THIS.replace('test_security_table.py', 'test_nothing.py')} |", "there is no test"),
        (f"| 1.1 | this | ✓ | {THIS.replace('tests/architecture', 'tests/shared')} |", "there is no test"),
        (f"| 1.1 | this | ✓ | {THIS.replace('test_the_table', 'the_table')} |", "there is no test"),
        ("| 1.1 | this | ✓ | `tests/architecture/test_security_table.py` |", "a test is named as"),
        ("| 1.1 | this | ✓ | |", "neither a test nor a reason"),
        ("| 1.1 | this | ✓ | see there |", "neither a test nor a reason"),
        (f"| 1.1 | this | {FAILS} | {THIS} |", "✗ needs a reason"),
        (f"| 1.1 | this | {PARTLY} | {THIS}, {THIS} |", "◐ needs a reason"),
        (f"| 1.1 | this | {NOTHING_TO_HOLD} | |", "n/a needs a reason"),
        (f"| 1.1 | this | yes | {THIS} |", "its state is one of"),
        (f"| 1.1 | | ✓ | {THIS} |", "does not say what is asked for"),
    ],
)
def test_a_row_that_shows_nothing_is_noticed(line: str, says: str) -> None:
    found = faults(line)

    assert any(says in fault for fault in found), found
    assert all(fault.startswith("1.1: ") for fault in found)


def test_a_row_that_is_gone_is_noticed_and_so_is_one_too_many() -> None:
    assert ["1.2 is missing"] == faults(GOOD, expected=("1.1", "1.2"))
    assert ["1.1 is not expected: add it to the list"] == faults(GOOD, expected=())
    assert ["1.1 stands there 2 times"] == faults(GOOD, GOOD)


def test_a_line_that_is_no_row_like_the_others_is_not_overlooked() -> None:
    with pytest.raises(ValueError, match="a row has 4 cells"):
        rows_of("| 1.1 | this | ✓ |")


def test_a_row_knows_its_tests_and_whether_it_gives_a_reason() -> None:
    row = Row("1.1", "this", "✓", f"{THIS}, `tests/a/b/test_c.py::test_d`")

    assert [("tests/a/b/test_c.py", "test_d")] == row.tests[1:]
    assert not row.has_reason
    assert Path(row.tests[0][0]).is_relative_to("tests/architecture")
