"""Lending moves out with everything, and in again elsewhere."""

import json
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from loans_service.adapters.moving_in.whole_circulation import EVERYTHING, export_all, import_all
from loans_service.application.fines.pay_borrower import BorrowerPayment
from loans_service.application.reports.keep_report import EntryChange, Freezing
from loans_service.application.reports.use_cases import ReportUseCases
from loans_service.application.tills.keep_session import CashMovement
from loans_service.application.tills.use_cases import TillUseCases
from loans_service.domain.fines.lateness_suspension import LatenessSuspension
from loans_service.domain.fines.payment import Excess
from loans_service.domain.holds.copy_report import CopyReport
from loans_service.domain.money import Money
from loans_service.domain.tills.till import MovementKind
from loans_service.persistence.import_tables import import_profiles
from loans_service.persistence.metadata import metadata
from loans_service.persistence.tables import plumbing
from shared.kernel.ids import new_id
from shared.kernel.import_profiles import ImportProfile
from shared.persistence.database import Database
from shared.persistence.import_profiles import SqlImportProfiles
from shared.persistence.whole_tables import DatabaseNotEmpty, FolderUnusable
from tests.cubes import have_figures
from tests.loans.application.moving_in.conftest import NewHome
from tests.loans.branch import Branch
from tests.loans.makers import ADA, EMMA, EMMA_COPY, NOW, a_copy
from tests.templates import Templates

MAY = date(2026, 5, 1)
_IMPORTS = {"imports", "import_pieces", "import_errors", "import_changes"}
_MADE_ANEW = {"ledger_sums", "receipt_sums", "sum_marks"}
OF_A_RUNNING_SERVICE = {"outbox", "inbox", "receipts", "cursor_keys", "recounts", *_IMPORTS, *_MADE_ANEW}


@pytest.fixture
async def other(templates: Templates, package: str, tmp_path: Path) -> AsyncIterator[Branch]:
    """A branch of an empty library elsewhere."""
    database = Database(await templates.on_sqlite(package, tmp_path / "other.db"))
    yield Branch(database, a_copy(), a_copy(copy_id=EMMA, barcode="C2"))
    await database.dispose()


async def lived_in(branch: Branch) -> None:
    """Let all happen that leaves something behind."""
    await branch.put_policy(hold_shelf_days=5)
    await branch.put_calendar({"timezone": "Europe/Vienna", "weekly": {"mon": [["09:00", "18:00"]]}, "closed": []})
    await branch.owe("30000000000019")
    pay = branch.pay_borrower
    await pay(BorrowerPayment(ADA, Money(500, "EUR"), reference="till-7"))
    await pay(BorrowerPayment(ADA, Money(9_000, "EUR"), excess=Excess.CREDIT))
    await TillUseCases(branch.ports).move_cash(
        CashMovement("ACCOUNT.SYSTEM", MovementKind.OUT, Money(100, "EUR"), "Stamps.")
    )
    await branch.check_out("C2", card="KIM")
    await branch.hold(card="ADA")
    reports = ReportUseCases(branch.ports)
    await reports.enter_value(EntryChange("pls", 2025, "501", 5_000, "By the door.", in_place_of=0))
    await reports.freeze_report(Freezing("pls", 2025))
    late = LatenessSuspension(
        id=new_id(), member_id=ADA, loan_id=new_id(), starts_on=NOW.date(), ends_on=MAY, days=60, made_at=NOW
    )
    async with branch.unit_of_work() as uow:
        await uow.suspensions.add(late)
        await uow.rulebook.keep_zones({"MAIN": "Europe/Vienna"})
        await uow.copies.keep_report(
            CopyReport(EMMA_COPY, EMMA, "30000000000019", "MAIN", "book", "in_service", 7, at=NOW)
        )
        await uow.corrections.book(new_id(), into=EMMA)
        uow.retarget_requests.add(EMMA, at=branch.clock.now())
        await uow.commit()
    debt = {"card_number": "KIM", "reason": "fee", "amount": 100, "since": "2026-01-01"}
    await NewHome(branch).bring("fines", debt)
    profiles = SqlImportProfiles(branch.database, import_profiles)
    await profiles.put(ImportProfile("old system", "fines", "csv"), in_place_of=None)
    await have_figures(branch.database, plumbing.cube)


async def everything(database: Database) -> dict[str, list[Any]]:
    async with database.reading() as connection:
        return {
            table.name: sorted(map(str, await connection.execute(select(table))))
            for table in metadata.sorted_tables
            if table.name not in OF_A_RUNNING_SERVICE
        }


@pytest.fixture
def branch(database: Database) -> Branch:
    return Branch(database, a_copy(), a_copy(copy_id=EMMA, barcode="C2"))


async def test_moved_out_and_in_again_lending_is_equal_field_by_field(
    branch: Branch, other: Branch, tmp_path: Path
) -> None:
    await lived_in(branch)

    counts = await export_all(branch.database, tmp_path / "all", version="1", now=NOW)
    same = await import_all(other.database, tmp_path / "all")

    assert counts == same
    assert all(count > 0 for count in counts.values()), counts
    assert {table.name for table in metadata.sorted_tables} == {*counts, *OF_A_RUNNING_SERVICE}
    assert await everything(branch.database) == await everything(other.database)
    await export_all(other.database, tmp_path / "again", version="1", now=NOW)
    for name in ("manifest.json", *(f"{table.name}.jsonl" for table in EVERYTHING.tables)):
        assert (tmp_path / "all" / name).read_bytes() == (tmp_path / "again" / name).read_bytes()
        assert 0o600 == (tmp_path / "all" / name).stat().st_mode & 0o777


async def test_lending_goes_on_where_it_was_and_its_events_are_newer_than_any_before(
    branch: Branch, other: Branch, tmp_path: Path
) -> None:
    await lived_in(branch)
    told = await numbers(branch.database)
    await export_all(branch.database, tmp_path / "all", version="1", now=NOW)
    await import_all(other.database, tmp_path / "all")
    other.clock.time = branch.clock.time

    back = await other.scan("C2")

    assert back.loan is not None
    assert min(await numbers(other.database)) > max(told)


async def test_zones_that_a_worker_has_learned_meanwhile_give_way_to_those_that_come(
    branch: Branch, other: Branch, tmp_path: Path
) -> None:
    await lived_in(branch)
    await export_all(branch.database, tmp_path / "all", version="1", now=NOW)
    async with other.unit_of_work() as uow:
        await uow.rulebook.keep_zones({"MAIN": "UTC", "EAST": "UTC"})
        await uow.commit()

    await import_all(other.database, tmp_path / "all")

    assert await everything(branch.database) == await everything(other.database)


async def numbers(database: Database) -> list[int]:
    return [row[0] for row in await database.rows(select(plumbing.outbox.c.sequence))]


async def test_it_moves_into_an_empty_database_only_and_out_into_an_empty_folder(
    branch: Branch, other: Branch, tmp_path: Path
) -> None:
    await lived_in(branch)
    await export_all(branch.database, tmp_path / "all", version="1", now=NOW)
    await other.check_out()

    with pytest.raises(DatabaseNotEmpty):
        await import_all(other.database, tmp_path / "all")
    with pytest.raises(FolderUnusable, match="not empty"):
        await export_all(branch.database, tmp_path / "all", version="1", now=NOW)


async def test_a_file_that_was_changed_is_noticed_and_nothing_is_taken_in(
    branch: Branch, other: Branch, tmp_path: Path
) -> None:
    await lived_in(branch)
    await export_all(branch.database, tmp_path / "all", version="1", now=NOW)
    before = await everything(other.database)
    file = tmp_path / "all" / "borrowers.jsonl"
    first = json.loads(file.read_text().splitlines()[0])
    file.write_text(json.dumps(first | {"served": 999}) + "\n")

    with pytest.raises(FolderUnusable, match="digest"):
        await import_all(other.database, tmp_path / "all")
    assert before == await everything(other.database)
