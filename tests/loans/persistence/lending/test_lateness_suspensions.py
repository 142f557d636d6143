"""Suspensions for lateness on both databases: kept, added up, handed over and forgotten."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from loans_service.application.fines.lift_suspension import Lift, LiftSuspension
from loans_service.application.fines.queries import FineQueries
from loans_service.application.privacy.clear_borrower import LeavingNews
from loans_service.application.privacy.forget_history import HistoryToForget
from loans_service.domain.privacy.retention import Retention
from loans_service.persistence.fines.fine_tables import lateness_suspensions
from loans_service.persistence.lending.forgetting import Forgetting
from shared.kernel.ids import new_id
from shared.persistence.database import Database
from tests.loans.branch import Branch
from tests.loans.makers import ADA, a_copy, a_standing, default_document
from tests.loans.persistence.racing import ROUNDS, at_once

DAY = timedelta(days=1)
COPIES = ("C0", "C1")


@pytest.fixture
async def branch(database: Database) -> Branch:
    branch = Branch(database, *(a_copy(copy_id=new_id(), book_id=new_id(), barcode=barcode) for barcode in COPIES))
    branch.members.by_card["ADA"] = a_standing(membership_ends=date(2040, 1, 1))
    suspension = {"suspension": {"days_per_day": 2, "adds_up": True}, "fine": None}
    await branch.put_policy(rules=[{**rule, **suspension} for rule in default_document()["rules"]])
    return branch


async def bring_back_late(branch: Branch, *barcodes: str, days: int = 3) -> None:
    for barcode in barcodes:
        await branch.check_out(barcode)
    branch.clock.pass_by((21 + days) * DAY)
    for barcode in barcodes:
        await branch.bring_back(barcode)


async def rows(branch: Branch) -> list[Any]:
    return list(await branch.database.rows(select(lateness_suspensions).order_by(lateness_suspensions.c.ends_on)))


async def until(branch: Branch) -> date | None:
    async with branch.unit_of_work() as uow:
        return await uow.suspensions.until(ADA)


async def lift(branch: Branch) -> None:
    await LiftSuspension(branch.unit_of_work, branch.clock)(Lift(ADA, "A flood.", by="kim"))


async def test_two_desks_that_take_back_late_copies_at_once_add_their_days_up(branch: Branch) -> None:
    for _ in ROUNDS:
        for barcode in COPIES:
            await branch.check_out(barcode)
        branch.clock.pass_by(24 * DAY)
        today = branch.clock.now().date()

        await at_once(*(branch.bring_back(barcode) for barcode in COPIES))

        assert today + 12 * DAY == await until(branch)
        await lift(branch)


async def test_what_is_lifted_counts_no_more_and_says_by_whom_and_why(branch: Branch) -> None:
    await bring_back_late(branch, "C0")
    await lift(branch)

    (row,) = await rows(branch)

    assert (None, "kim", "A flood.", branch.clock.now()) == (
        await until(branch), row.lifted_by, row.why_lifted, row.lifted_at,
    )  # fmt: skip


async def test_a_suspension_outlives_its_loan_but_no_more_names_it_once_that_is_anonymous(branch: Branch) -> None:
    await bring_back_late(branch, "C0", days=30)
    await branch.privacy.forget_history(HistoryToForget(ADA))

    (row,) = await rows(branch)

    assert (ADA, None) == (row.member_id, row.loan_id)


async def test_a_suspension_is_forgotten_as_long_after_its_last_day_as_loans_are(branch: Branch) -> None:
    await bring_back_late(branch, "C0")
    (row,) = await rows(branch)
    kept = []

    for days in (90, 92):
        now = branch.clock.now() + (row.ends_on - branch.clock.now().date()) + days * DAY
        ended_before = Retention({}).ended_before(now, usual_days=90)
        await Forgetting(branch.database)(ended_before=ended_before, lost_before=now, now=now, limit=9)
        kept.append(len(await rows(branch)))

    assert [1, 0] == kept


async def test_the_record_that_stays_of_two_is_suspended(branch: Branch) -> None:
    await bring_back_late(branch, "C0")
    other = new_id()
    async with branch.unit_of_work() as uow:
        await uow.erasure_requests.lock_both(ADA, other)
        await uow.erasure_requests.hand_over(ADA, into=other, sequence=1, now=branch.clock.now())
        await uow.commit()

    (known,) = await FineQueries(branch.database).suspensions(other)

    assert 6 == known.days
    assert [] == await FineQueries(branch.database).suspensions(ADA)


async def test_who_is_erased_leaves_no_suspension(branch: Branch) -> None:
    await bring_back_late(branch, "C0")
    news = LeavingNews(str(new_id()), ADA, new_id(), 1)
    await branch.privacy.note_leaving(news, listener="loans.members")

    await branch.privacy.clear_borrowers()

    assert [] == await rows(branch)
