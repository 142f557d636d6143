"""Whatever comes in as a file, the memory that it takes does not grow with it."""

import json
from typing import Any

import pytest

from tests.end_to_end.processes import run

FOUND: dict[str, dict[str, dict[str, int]]] = {
    "csv": {
        "one cell": {"fine": 2, "record-too-long": 1},
        "a cell with line feeds": {"fine": 419, "quotes-broken": 1, "record-too-long": 1},
        "a header": {"column-not-found": 1},
        "NUL": {"fine": 2, "record-too-long": 1},
        "a zip file": {"file-packed": 1},
    },
    "json": {
        "a text": {"fine": 2, "record-too-long": 1},
        "a number": {"fine": 2, "record-too-long": 1},
        "brackets": {"fine": 1, "record-unreadable": 1},
        "blanks": {"fine": 1},
    },
    "yaml": {
        "a scalar": {"fine": 2, "record-too-long": 1},
        "a block": {"fine": 2, "record-too-long": 1},
        "flow": {"fine": 2, "record-too-long": 1},
        "anchors": {"yaml-not-plain": 1},
    },
    "marcxml": {
        "a text": {"record-too-long": 1},
        "elements": {"record-too-long": 1},
        "no record": {},
        "laughs": {"xml-with-dtd": 1},
    },
    "marc": {"no end": {"record-too-long": 1}, "no MARC": {"no-marc-records": 1}},
}


def measured(what: str) -> dict[str, Any]:
    done = run("tests.books.memory", what, environment={}, seconds=300)
    assert 0 == done.returncode, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("format", FOUND)
def test_hostile_files_are_reported_and_take_no_memory(format: str) -> None:
    done = measured(format)

    assert FOUND[format] == done["found"]
    assert done["grown"] < 20, "MiB, for files of 40"


def test_many_records_take_little_more_memory_than_few() -> None:
    done = measured("10000")

    assert 10_000 == done["found"]
    assert done["grown"] < 18, "MiB: about a kilobyte a record, to know it again"
