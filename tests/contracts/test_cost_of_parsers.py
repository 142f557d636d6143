"""No file costs more than it is long, and whoever waits for an answer meanwhile gets it.

Measured is work: the CPU time of this thread, and the least of several tries, so that a busy machine changes nothing.
"""

import re
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from itertools import product
from types import ModuleType
from typing import Any

import pytest

from books_service.adapters.exchange.text import yaml_records
from loans_service.adapters.moving_in import former_files
from members_service.adapters.membership import member_files
from shared.kernel.pace import Pace
from shared.record_files import texts
from tests.contracts.parsers import FEW, PARSERS, UNITS, Parser, goes_through
from tests.shared.cpu_time import grows_faster_than_its_text

LONGEST = 8_000
LONGER_THAN_A_RECORD = 540_000
MANY_RECORDS = 60_000  # characters of them: read in one go, they take far more than MOST_WORK
MOST_WORK = 0.25
"""Seconds of work between two pauses; in the lab, on two slow cores, none was longer than 0.1."""
_TRIES = 4


async def costly(parser: Parser, units: Iterable[bytes]) -> list[tuple[bytes, bytes]]:
    """Return with which beginnings and units a file of twice the length costs far more than twice as much."""
    found = []
    for beginning, unit in product(parser.beginnings, units):

        async def cost(size: int, beginning: bytes = beginning, unit: bytes = unit) -> float:
            content = beginning + unit * (size // len(unit)) + parser.ending
            began = time.thread_time()
            await goes_through(parser, content)
            return time.thread_time() - began

        if await grows_faster_than_its_text(cost, LONGEST):
            found.append((beginning, unit))
    return found


def longest_work(parser: Parser, content: bytes, *, tries: int = _TRIES) -> float:
    """Return the most work that is done between two pauses while a file is read."""
    least = float("inf")
    for _ in range(tries):
        reading, most, ended = goes_through(parser, content), 0.0, False
        while not ended:
            began = time.thread_time()
            try:
                reading.send(None)  # without a loop: it comes back where others could run
            except StopIteration:
                ended = True
            most = max(most, time.thread_time() - began)
        least = min(least, most)
        if least <= MOST_WORK:
            break
    return least


@pytest.mark.parametrize("name", PARSERS)
async def test_no_file_costs_more_than_it_is_long(name: str) -> None:
    assert [] == await costly(PARSERS[name], UNITS if _cuts_itself(name) else FEW[::2])


def _cuts_itself(name: str) -> bool:
    """Tell whether it parts a file into records; the others read what the readers of shared have parted."""
    return name.startswith("shared") or not name.endswith(("json", "csv"))


READERS_OF_FILES = [name for name, parser in PARSERS.items() if parser.wide is not None]


@pytest.mark.parametrize("name", READERS_OF_FILES)
def test_others_get_their_turn_within_a_moment_whatever_a_record_holds(name: str) -> None:
    parser = PARSERS[name]
    its_own = _cuts_itself(name)
    size = LONGER_THAN_A_RECORD if its_own else MANY_RECORDS
    beginnings = parser.beginnings[: 2 if its_own else 1]
    contents = {
        (beginning, unit): beginning + unit * (size // len(unit)) + parser.ending
        for beginning, unit in product(beginnings, FEW[:-1] if its_own else (*FEW[:3], b"0\n"))
    }
    assert parser.wide is not None
    contents |= {(b"wide", b"%d" % fields): parser.wide(fields) for fields in (1_000, 20_000)}

    worked = {what: longest_work(parser, content) for what, content in contents.items()}

    assert {} == {what: seconds for what, seconds in worked.items() if seconds > MOST_WORK}


def _compared_with_every_letter(tree: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def planted(cells: Any) -> Any:
        assert [one for text in cells.values() for one in text for other in text[::20] if one == other]
        return tree(cells)

    return planted


PLANTED: dict[str, tuple[ModuleType, str, Any, tuple[bytes, bytes]]] = {
    "shared: csv": (texts, "_BROKEN", re.compile("[^\ud800-\udfff]*[\ud800-\udfff]"), (b"name\n", b"x")),
    "books: yaml": (yaml_records, "_IDLE", re.compile(r"\s*\s*#.*$"), (b"", b" ")),
    "members: csv": (member_files, "_tree", _compared_with_every_letter(member_files._tree), (b"name\n", b"0")),
    "loans: fines in csv": (former_files, "_DECIMAL", re.compile(r"(\d*\d*)[.,](\d{1,4})"), (b"amount\n", b"0")),
}


@pytest.mark.parametrize("name", PLANTED)
async def test_a_planted_expression_that_costs_the_square_is_found(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    module, what, planted, (beginning, unit) = PLANTED[name]
    parser = replace(PARSERS[name], beginnings=(beginning,))
    assert [] == await costly(parser, [unit])

    monkeypatch.setattr(module, what, planted)

    assert [(beginning, unit)] == await costly(parser, [unit])


@pytest.mark.parametrize("name", ["shared: csv", "books: yaml", "members: csv", "loans: loans in csv"])
def test_a_reader_that_lets_nobody_in_between_is_found(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async def go_on(_: Pace) -> None:
        """Pause never."""

    monkeypatch.setattr(Pace, "__call__", go_on)

    many_lines = b"\n" * (4 * LONGER_THAN_A_RECORD)
    assert longest_work(PARSERS[name], PARSERS[name].beginnings[0] + many_lines, tries=1) > MOST_WORK
