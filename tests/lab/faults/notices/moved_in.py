"""`make notices PLAY=moved-in LOANS=20000`: a library moves in with overdue loans, reads in shadow, and switches on.

The real services take the files in by their commands. None of the stages that lie before the move may be written to
anybody, neither in shadow nor after it; what happens from then on is. Ends with 1 if that is not so.
"""

import asyncio
import json
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from deploy.rehearsal.__main__ import files_of, write
from deploy.rehearsal.households import Households
from deploy.rehearsal.sizes import RehearsedLibrary
from deploy.rehearsal.stock import RehearsedStock
from shared.kernel.clock import SystemClock
from tests.end_to_end.gears import ProductionLibrary
from tests.end_to_end.library import done, eventually
from tests.end_to_end.processes import run
from tests.lab.benchmarks.moving import STEPS, add_branches, settled
from tests.lab.faults.notices.stage import SENDER
from tests.members.smtp_sink import MailSink, listening
from tests.ports import HOST

_SECRET = "a secret that only this library's members knows"
_COPIES_OF_ONE, _LOANS_OF_ONE = 10, 5
_LATE = (22, 80)  # days: what is due again later has passed some stages, and others all
_SWEEPS = 40.0  # seconds in which loans has looked through all that is due, and members has made notices of it
_LONGEST = 3600.0


class SendingLibrary(ProductionLibrary):
    """One whose members has a mail server and asks loans."""

    def __init__(self, sink: MailSink) -> None:
        self._sink = sink
        super().__init__()

    def _own_settings(self, service: str) -> dict[str, str]:
        settings = super()._own_settings(service)
        if service != "members":
            return settings
        clients = json.loads(settings["MEMBERS_CLIENTS"])
        clients["members"] = {"secret": _SECRET, "scopes": ["loans:facts"]}
        return settings | {
            "MEMBERS_CLIENTS": json.dumps(clients),
            "MEMBERS_LOANS_URL": self.loans,
            "MEMBERS_SELF_URL": self.members,
            "MEMBERS_CLIENT_SECRET": _SECRET,
            "MEMBERS_SMTP_URL": f"smtp://{HOST}:{self._sink.port}",
            "MEMBERS_MAIL_FROM": SENDER,
        }


@dataclass(slots=True)
class MovedIn:
    """What was seen. `of_the_past` are notices of stages; `sent` went out before anything new happened."""

    loans: int
    of_the_past: int
    sent: int
    new: int

    @property
    def sentence(self) -> str:
        """All of it."""
        return (
            f"{self.loans} overdue loans moved in, read in shadow, switched on: {self.of_the_past} notices of past "
            f"stages, {self.sent} mails; of what happened afterwards {self.new} mails went out."
        )

    @property
    def is_right(self) -> bool:
        """Whether nothing of the past went out, and something new did."""
        return not self.of_the_past and not self.sent and self.new > 0


async def move_in(loans: int) -> MovedIn:
    """Move in so many overdue loans; let the library read in shadow, and switch on."""
    sink = MailSink()
    with tempfile.TemporaryDirectory() as folder:
        async with listening(sink), SendingLibrary(sink) as library:
            await _mode(library, "shadow")
            member = await library.enrol()
            (copy,) = await library.shelve()
            taken = await _take_in(library, Path(folder), loans)
            await asyncio.sleep(_SWEEPS)
            await _mode(library, "on")
            await asyncio.sleep(_SWEEPS)
            database = await library.database("members")
            past = await database.fetchval("SELECT count(*) FROM notices WHERE kind = 'overdue'")
            await database.close()
            sent = len(sink.taken)
            done(await library.check_out(copy, member))

            async def something_came() -> bool:
                return len(sink.taken) > sent

            await eventually(something_came, seconds=60)
            return MovedIn(taken, past, sent, len(sink.taken) - sent)


async def _mode(library: ProductionLibrary, mode: str) -> None:
    """Let notices be sent like this, without waiting for tomorrow."""
    windows = {"overdue": 0, "due": 0, "receipts": 0}
    body = {"mode": mode, "windows": windows, "sender": SENDER}
    headers = {"Authorization": f"Bearer {(await library.admin()).token}", "If-Match": "*"}
    done(await library.http.put(f"{library.members}/v1/notice-settings", json=body, headers=headers))


async def _take_in(library: ProductionLibrary, folder: Path, loans: int) -> int:
    """Import a library with so many loans, all of them late; return how many there are."""
    copies, members = loans + loans // 2, loans // _LOANS_OF_ONE
    day = SystemClock().now().date()
    sizes = RehearsedLibrary(day, copies // _COPIES_OF_ONE, copies, members, 0, 0, 0, branches=3)
    files = files_of(sizes) | {"loans": _late_loans(sizes, loans)}
    written = {name: write(folder / f"{name}.jsonl", files[name]) for name in ("branches", "books", "members", "loans")}
    await add_branches(library, folder / "branches.jsonl")
    for name in ("books", "members", "loans"):
        command, file = STEPS[name], str(folder / f"{name}.jsonl")
        environment = library.environment(command[0].removesuffix("_service"))
        step = await asyncio.to_thread(run, *command, file, environment=environment, seconds=_LONGEST)
        print(f"{name}: {step.stderr.strip().rpartition(chr(10))[2]}")
        assert 0 == step.returncode, step.stderr
    await settled(library)
    return written["loans"]


def _late_loans(sizes: RehearsedLibrary, count: int) -> Iterator[dict[str, Any]]:
    """Yield loans that are late by days or by months, as loans imports them."""
    stock = RehearsedStock(sizes)
    households = Households(sizes, stock)
    lendable = (copy for book in range(sizes.books) for copy in stock.copies_of(book) if copy.status == "in_service")
    for number, copy in zip(range(count), lendable, strict=False):
        lent = datetime.combine(
            sizes.on - timedelta(days=sizes.rng("late", number).randrange(*_LATE)), datetime.min.time()
        )
        yield {
            "external_id": f"l{number:07}",
            "barcode": copy.barcode,
            "card_number": households.card(number % sizes.members),
            "checked_out_at": f"{lent:%Y-%m-%d}T10:00:00Z",
            "due_at": f"{lent + timedelta(days=21):%Y-%m-%d}T23:59:59Z",
            "branch": copy.branch,
        }


def main(loans: int) -> int:
    """Move in, say what was seen, and return 1 where it is not right."""
    found = asyncio.run(move_in(loans))
    print(found.sentence)
    if not found.is_right:
        print("Nothing of the past may go out, and something new must.", file=sys.stderr)
    return int(not found.is_right)
