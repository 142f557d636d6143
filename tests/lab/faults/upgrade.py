"""`make upgrade FROM=COMMIT`: an upgrade from an earlier release to this one, in both gears; ends with 1 if it fails.

Embedded: that release fills a data folder, and this one goes on with it. In production: that release serves desks that
lend and take back without a pause; service by service this one migrates, starts beside it and takes over, and at the
end the earlier one comes back, as after `helm rollback`. A desk repeats with its key what got no answer.

With `KEEP=FOLDER` the data that the earlier release made are written there, for tests/end_to_end/test_earlier_data.py.
"""

import argparse
import asyncio
import contextlib
import gzip
import json
import os
import sqlite3
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Self
from uuid import uuid4

import httpx
import uvloop

from tests.end_to_end.gears import EmbeddedLibrary, ProductionLibrary
from tests.end_to_end.library import ADMIN, Copy, Library, Member, Person, done, eventually
from tests.end_to_end.line import Line
from tests.end_to_end.processes import ROOT, Process
from tests.ports import HOST, quiet_ports

_DESKS = 6
_LONGEST_START = 90.0
_BETWEEN = 4.0  # seconds of work before and after each service's turn


@contextlib.contextmanager
def checkout_of(commit: str) -> Iterator[Path]:
    """Give the code of a commit, in a folder of its own."""
    with tempfile.TemporaryDirectory(prefix="library-release-") as folder:
        packed = subprocess.run(["git", "archive", commit], cwd=ROOT, check=True, capture_output=True)
        subprocess.run(["tar", "-x"], cwd=folder, input=packed.stdout, check=True)
        yield Path(folder)


def of_release(process: Process, code: Path) -> Process:
    """Let the process run the code of another release."""
    process.environment["PYTHONPATH"] = str(code)
    process.afresh = True
    return process


@dataclass
class Desk:
    """Lends copies to its member and takes them back, and repeats what got no answer."""

    library: Library
    member: Member
    copies: list[Copy]
    firsts: Counter[str] = field(default_factory=Counter[str])
    wrong: list[str] = field(default_factory=list[str])
    has: set[str] = field(default_factory=set[str])

    async def work(self, stop: asyncio.Event) -> None:
        """Go on until told to stop; then each copy is where `has` says."""
        number = 0
        while not stop.is_set():
            copy = self.copies[number % len(self.copies)]
            number += 1
            await self._act(copy, "returns" if copy.barcode in self.has else "loans")
            await asyncio.sleep(0.05)

    async def _act(self, copy: Copy, what: str) -> None:
        body = {"copy_barcode": copy.barcode} | ({"card_number": self.member.card_number} if what == "loans" else {})
        key, tries = str(uuid4()), 0
        while True:
            tries += 1
            try:
                answer = await (await self.library.librarian()).post(f"{self.library.loans}/v1/{what}", body, key=key)
            except httpx.TransportError as error:
                outcome = type(error).__name__
            else:
                outcome = str(answer.status_code)
                if answer.is_success or answer.status_code not in {429, 502, 503, 504}:
                    break
            if tries == 1:
                self.firsts[outcome] += 1
            if tries > 200:
                self.wrong.append(f"{what} of {copy.barcode}: no answer in {tries} tries, the last {outcome}")
                return
            await asyncio.sleep(0.1)
        if tries == 1:
            self.firsts[outcome] += 1
        if not answer.is_success:
            self.wrong.append(f"{what} of {copy.barcode}: {answer.status_code} {answer.text}")
        elif what == "loans":
            self.has.add(copy.barcode)
        else:
            self.has.discard(copy.barcode)


class UpgradedLibrary(ProductionLibrary):
    """Begins with the code of another release; its services are found at addresses that lead to whichever serves."""

    def __init__(self, code: Path) -> None:
        super().__init__()
        self._code = code
        self._owners: dict[str, str] = {}
        self._fronts: dict[str, Line] = {}
        for service, port in zip(("books", "members", "loans"), quiet_ports(3), strict=True):
            self._fronts[service] = Line(self.ports[service], port)
            setattr(self, service, f"http://{HOST}:{port}")

    async def __aenter__(self) -> Self:
        for front in self._fronts.values():
            await front.__aenter__()
        return await super().__aenter__()

    async def __aexit__(self, *_: object) -> None:
        await super().__aexit__()
        for front in self._fronts.values():
            await front.__aexit__()

    def _migrate(self, service: str) -> None:
        for role in (f"{service}_owner", service):
            self.postgres.create_role(role)
        self._owners[service] = self.postgres.create_database(service, owner=f"{service}_owner")
        self.migrate(service, self._code)

    def migrate(self, service: str, code: Path) -> str:
        """Migrate a service's database by the code of a release; return what it says."""
        prefix = f"{service.upper()}_DATABASE"
        theirs = {f"{prefix}_URL": self._owners[service], f"{prefix}_APP_ROLE": service}
        environment = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "PYTHONPATH": str(code)}
        finished = subprocess.run(
            [sys.executable, "-m", f"{service}_service", "migrate"],
            cwd=code,
            env=environment | self.environment(service) | theirs,
            capture_output=True,
            text=True,
            check=False,
        )
        assert 0 == finished.returncode, finished.stderr
        return finished.stderr.strip()

    def _all_processes(self) -> dict[str, Process]:
        made = super()._all_processes()
        del made["second_desk"]
        return {name: of_release(process, self._code) for name, process in made.items()}

    async def hand_over(self, service: str, code: Path) -> str:
        """Let the code of a release migrate, start beside what runs, and take over; return what `migrate` wrote."""
        outcome = await asyncio.to_thread(self.migrate, service, code)
        port, relay_port = quiet_ports(2)
        for name, command, at in (
            (service, ("serve", "--host", HOST, "--port", str(port)), port),
            (f"{service} relay", ("relay", "--port", str(relay_port)), relay_port),
        ):
            process = Process(
                f"{service}_service", *command, environment=self.environment(service), ready=f"{HOST}:{at}/health/ready"
            )
            await asyncio.to_thread(of_release(process, code).start, _LONGEST_START)
            before, self.processes[name] = self.processes[name], process
            if name == service:
                self._fronts[service].lead_to(port)
            assert 0 == await asyncio.to_thread(before.end)
            await asyncio.to_thread(before.close)
        return outcome


async def of_production(code: Path, folder: Path | None) -> list[str]:
    """Upgrade under load, and go back; return what is wrong."""
    async with UpgradedLibrary(code) as library:
        kept = await furnish(library)
        if folder is not None:
            keep_dumps(library, folder)
        copies = await library.shelve(copies=_DESKS * 4)
        desks = [Desk(library, await library.enrol(), copies[number * 4 : number * 4 + 4]) for number in range(_DESKS)]
        for title, release in (("to this release", ROOT), ("back to the earlier one", code)):
            stop = asyncio.Event()
            working = [asyncio.create_task(desk.work(stop)) for desk in desks]
            await asyncio.sleep(_BETWEEN)
            for service in ("books", "members", "loans"):
                outcome = await library.hand_over(service, release)
                print(f"{title}: {service}: {outcome}")
                await asyncio.sleep(_BETWEEN)
            stop.set()
            await asyncio.gather(*working)
            wrong = [each for desk in desks for each in desk.wrong] + await differences(library, desks, kept)
            print(f"{title}: first answers {dict(sum((desk.firsts for desk in desks), Counter[str]()))}")
            if wrong:
                return [f"{title}: {each}" for each in wrong]
            for desk in desks:
                desk.firsts.clear()
    return []


async def of_embedded(code: Path, folder: Path | None) -> list[str]:
    """Fill a data folder by the earlier release, and go on with it; return what is wrong."""
    library = EmbeddedLibrary()
    of_release(library.process, code)
    async with library:
        kept = await furnish(library)
        await asyncio.to_thread(library.process.end, library.process.stop_signal)
        if folder is not None:
            keep_files(Path(library.process.environment["DATA_DIR"]), folder)
            (folder / "kept.json").write_text(json.dumps(asdict(kept), indent=2) + "\n", encoding="utf-8")
        library.process.environment["PYTHONPATH"] = str(ROOT)
        await asyncio.to_thread(library.process.start, _LONGEST_START)
        wrong = await differences(library, [], kept)
        copy = (await library.shelve())[0]
        done(await library.check_out(copy, kept.member))
        done(await library.give_back(copy))
    print(f"embedded: {len(wrong)} differences")
    return [f"embedded: {each}" for each in wrong]


@dataclass
class Kept:
    """What was there before: a loan, and a hold of somebody else's on its book."""

    member: Member
    copy: Copy
    loan: dict[str, object]
    hold_id: str

    @classmethod
    def read(cls, file: Path) -> Self:
        """Return what `keep_files` has written."""
        found = json.loads(file.read_text(encoding="utf-8"))
        person = Person(**found["member"].pop("person"))
        return cls(Member(**found["member"], person=person), Copy(**found["copy"]), found["loan"], found["hold_id"])


async def furnish(library: Library) -> Kept:
    """Leave some of everything: loans, holds that wait and are ready, a loss with its charges, a block, an import."""
    desk, admin = await library.librarian(), await library.signed_in(ADMIN)
    done(await admin.post(f"{library.books}/v1/branches", {"code": "EAST", "name": "Eastern branch"}))
    member, other = await library.enrol(), await library.enrol("child")
    copy, lost, ready = [(await library.shelve(title=title))[0] for title in ("Silas Marner", "Romola", "Felix Holt")]
    loan = done(await library.check_out(copy, member))
    hold = {"book_id": copy.book_id, "card_number": other.card_number}
    placed = done(await desk.post(f"{library.loans}/v1/holds", hold))
    done(await desk.post(f"{library.loans}/v1/holds", hold | {"book_id": ready.book_id, "pickup_branch": "EAST"}))
    done(await desk.post(f"{library.loans}/v1/returns", {"copy_barcode": ready.barcode, "branch": "EAST"}))
    given_up = done(await library.check_out(lost, await library.enrol()))
    done(await desk.post(f"{library.loans}/v1/loans/{given_up['loan_id']}/declare-lost", {}))
    block = {"action": "hold", "reason": "Came with a dog."}
    done(await desk.post(f"{library.members}/v1/members/{other.member_id}/blocks", block))
    file = b'{"title": "Adam Bede", "authors": ["George Eliot"], "external_id": "old-1"}'
    headers = {"Authorization": f"Bearer {admin.token}", "Content-Type": "application/json"}
    sent = await library.http.post(f"{library.books}/v1/imports?format=json", content=file, headers=headers)
    done(sent)

    async def imported() -> bool:
        return bool(done(await admin.get(f"{library.books}{sent.headers['location']}"))["state"] == "done")

    await eventually(imported)
    return Kept(member, copy, loan, str(placed["hold_id"]))


def keep_files(data: Path, folder: Path) -> None:
    """Write SQLite's files, and the key of personal data."""
    for file in data.glob("*.db"):
        with closing(sqlite3.connect(file)) as database, tempfile.TemporaryDirectory() as whole:
            database.execute("VACUUM INTO ?", (f"{whole}/{file.name}",))
            _pack(folder / f"{file.name}.gz", (Path(whole) / file.name).read_bytes())
    (folder / "data-keys.txt").write_text((data / "data-keys.txt").read_text())


def keep_dumps(library: ProductionLibrary, folder: Path) -> None:
    """Write PostgreSQL's databases as statements."""
    for service in library.services:
        where = [f"--host={HOST}", f"--port={library.postgres.port}", "--username=app", f"--dbname={service}"]
        dump = [str(library.postgres.programs / "pg_dump"), "--inserts", "--no-owner", "--no-privileges", *where]
        text = subprocess.run(dump, check=True, capture_output=True, text=True).stdout
        lines = [line for line in text.splitlines() if not line.startswith(("--", "\\", "SET transaction_timeout"))]
        _pack(folder / f"{service}.sql.gz", "\n".join(lines).encode())


def _pack(file: Path, content: bytes) -> None:
    file.write_bytes(gzip.compress(content, mtime=0))


async def differences(library: Library, desks: list[Desk], kept: Kept) -> list[str]:
    """Compare what desks did, and what was there before, with what is on record; first repair, as after an upgrade."""
    wrong = []
    desk, admin = await library.librarian(), await library.signed_in(ADMIN)
    done(await admin.post(f"{library.loans}/v1/consistency/repair"))
    (loan,) = await library.loans_of(kept.copy, status="open")
    shown = ("loan_id", "member_id", "due_at", "status")
    if {name: loan[name] for name in shown} != {name: kept.loan[name] for name in shown}:
        wrong.append(f"the loan of before is now {loan}")
    hold = done(await desk.get(f"{library.loans}/v1/holds/{kept.hold_id}"))
    if (hold["status"], hold["position"]) != ("waiting", 1):
        wrong.append(f"the hold of before is now {hold}")
    done(await (await library.signed_in(kept.member.person)).get(f"{library.members}/v1/members/me"))
    for each in desks:
        for copy in each.copies:
            open_loans = await library.loans_of(copy, status="open")
            if bool(open_loans) != (copy.barcode in each.has):
                wrong.append(f"{copy.barcode}: {len(open_loans)} open loans, at the desk {copy.barcode in each.has}")
            await library.shows(copy, "on_loan" if copy.barcode in each.has else "available")

    async def agree() -> bool:
        return not done(await admin.get(f"{library.loans}/v1/consistency")).get("items")

    with contextlib.suppress(AssertionError):
        await eventually(agree)
        return wrong
    return [*wrong, "books and loans disagree"]


async def rehearse(commit: str, folder: Path | None) -> int:
    """Return the exit code."""
    with checkout_of(commit) as code:
        wrong = await of_embedded(code, folder) + await of_production(code, folder)
    print("\n".join(wrong) or f"The upgrade from {commit} and the way back lost nothing.")
    return bool(wrong)


def main() -> int:
    """Rehearse, and return the exit code."""
    parser = argparse.ArgumentParser(prog="make upgrade", description=__doc__)
    parser.add_argument("commit", help="where that release is")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="write the data of that release there")
    given = parser.parse_args()
    return uvloop.run(rehearse(given.commit, given.keep))


if __name__ == "__main__":
    sys.exit(main())
