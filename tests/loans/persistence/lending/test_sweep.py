"""What the timed work does, on both databases; and two of them at once."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, update

from loans_service.application.fines.fine_views import FineFilter
from loans_service.application.fines.queries import FineQueries
from loans_service.application.holds.queries import HoldQueries
from loans_service.application.lending.queries.loans import LoanQueries
from loans_service.application.lending.queries.sweep import SweepQueries
from loans_service.application.lending.sweep import Sweep, Swept
from loans_service.domain.privacy.retention import Retention
from loans_service.domain.rules.reminders import LATE, LEADS
from loans_service.domain.tills.payout import Payout, PayoutReason
from loans_service.persistence.lending.forgetting import Forgetting, forget_borrowers
from loans_service.persistence.statistics.records import HistoryRecords
from loans_service.persistence.tables import borrowers, loan_history, loans, plumbing
from loans_service.persistence.tills.till_tables import payouts
from shared.kernel.ids import new_id
from shared.persistence.database import Database
from tests.kept_database import Kept
from tests.loans.branch import Branch
from tests.loans.makers import ADA, EMMA, NOW, UTC_ZONE, a_copy, default_document, euros

DAY = timedelta(days=1)
SOON = LEADS[0]


@pytest.fixture
def branch(database: Database) -> Branch:
    return Branch(database, a_copy(), a_copy(copy_id=new_id(), barcode="SECOND"))


async def sweep_now(branch: Branch, *, bad: list[UUID] | None = None, kept: Mapping[str, int] | None = None) -> Swept:
    failures = bad if bad is not None else []
    sweep = Sweep(
        SweepQueries(branch.database),
        Forgetting(branch.database),
        branch.unit_of_work,
        HoldQueries(branch.database),
        branch.clock,
        lambda record, _: failures.append(record),
        Retention(kept or {}),
        branch.lending.renew_loan,
    )
    return await sweep()


async def told(branch: Branch, what: str) -> list[dict[str, Any]]:
    table = plumbing.outbox.c
    query = select(table.data).where(table.type == f"loans.{what}").order_by(table.sequence)
    return [row.data for row in await branch.database.rows(query)]


async def test_a_borrower_is_told_once_that_a_loan_is_due_soon_and_once_for_each_stage_of_lateness(
    branch: Branch,
) -> None:
    due_at = (await branch.check_out()).due_at
    seen = []

    for moment in (due_at - SOON - DAY, due_at - SOON, *(due_at + late + DAY for late in LATE)):
        branch.clock.time = moment
        seen.append(((await sweep_now(branch)).reminded, (await sweep_now(branch)).reminded))

    assert seen == [(0, 0), (1, 0), (1, 0), (1, 0), (1, 0)]
    assert len(await told(branch, "loan.due_soon")) == 1
    assert [(event["stage"], event["stages"]) for event in await told(branch, "loan.overdue")] == [
        (1, 3),
        (2, 3),
        (3, 3),
    ]


async def test_after_a_week_off_only_the_last_reminder_is_told(branch: Branch) -> None:
    due_at = (await branch.check_out()).due_at
    branch.clock.time = due_at + 8 * DAY

    await sweep_now(branch)

    assert [event["stage"] for event in await told(branch, "loan.overdue")] == [2]


async def with_reminders(branch: Branch, *reminders: dict[str, Any]) -> None:
    listed = list(reminders)
    await branch.put_policy(rules=[{**rule, "reminders": listed} for rule in default_document()["rules"]])


async def test_a_rule_has_its_own_reminders_and_a_late_one_is_charged_once(branch: Branch) -> None:
    await with_reminders(branch, {"at": "-7d"}, {"at": "-2d"}, {"at": "3d", "fee": {"amount": 150}}, {"at": "9d"})
    due_at = (await branch.check_out()).due_at
    seen = []

    for after in (-8 * DAY, -7 * DAY, -2 * DAY, 2 * DAY, 4 * DAY, 10 * DAY, 30 * DAY):
        branch.clock.time = due_at + after
        seen.append(((await sweep_now(branch)).reminded, (await sweep_now(branch)).reminded))

    assert [(0, 0), (1, 0), (1, 0), (0, 0), (1, 0), (1, 0), (0, 0)] == seen
    assert [event["stage"] for event in await told(branch, "loan.overdue")] == [1, 2]
    (fine,) = await FineQueries(branch.database).fines(FineFilter(member_id=ADA), limit=9, before=None)
    assert ("reminder", euros(150), due_at + 4 * DAY) == (fine.reason, fine.amount, fine.charged_at)
    assert [event["reason"] for event in await told(branch, "fine.charged")] == ["reminder"]


async def test_of_reminders_that_were_missed_only_the_one_that_is_sent_is_charged(branch: Branch) -> None:
    fees = ({"at": f"{days}d", "fee": {"amount": 100 * days}} for days in (1, 2, 3))
    await with_reminders(branch, *fees)
    due_at = (await branch.check_out()).due_at
    branch.clock.time = due_at + 30 * DAY

    await sweep_now(branch)

    fines = await FineQueries(branch.database).fines(FineFilter(member_id=ADA), limit=9, before=None)
    assert [euros(300)] == [fine.amount for fine in fines]


async def test_a_loan_keeps_the_reminders_that_it_was_made_with(branch: Branch) -> None:
    await with_reminders(branch, {"at": "1d"})
    loan = await branch.check_out()
    await with_reminders(branch, {"at": "-5d"})
    renewed = await branch.renew(loan.loan_id)
    branch.clock.time = renewed.due_at - DAY
    early = await sweep_now(branch)
    branch.clock.time = renewed.due_at + 2 * DAY

    assert (0, 1) == (early.reminded, (await sweep_now(branch)).reminded)


async def test_without_reminders_a_loan_renews_itself_on_its_last_day(branch: Branch) -> None:
    quiet = {"reminders": [], "auto_renew": True}
    await branch.put_policy(rules=[{**rule, **quiet} for rule in default_document()["rules"]])
    loan = await branch.check_out()
    branch.clock.time = loan.due_at - 2 * DAY
    early = await sweep_now(branch)
    branch.clock.time = loan.due_at - DAY

    assert (0, 1) == (early.renewed, (await sweep_now(branch)).renewed)


async def test_a_renewed_loan_is_reminded_of_anew(branch: Branch) -> None:
    loan = await branch.check_out()
    branch.clock.time = loan.due_at - DAY
    await sweep_now(branch)
    renewed = await branch.renew(loan.loan_id)
    branch.clock.time = renewed.due_at - DAY

    assert (await sweep_now(branch)).reminded == 1


async def test_a_copy_42_days_overdue_is_lost_and_charged_for_and_one_claimed_returned_is_passed_over(
    branch: Branch,
) -> None:
    loan, claimed = await branch.check_out(), await branch.check_out("SECOND")
    queries = LoanQueries(branch.database, branch.clock)
    await branch.claim_returned(claimed.loan_id)
    branch.clock.time = loan.due_at + 42 * DAY
    too_early = await sweep_now(branch)
    branch.clock.pass_by(DAY)

    swept, again = await sweep_now(branch), await sweep_now(branch)

    assert (too_early.lost, swept.lost, again.lost) == (0, 1, 0)
    assert [event["loan_id"] for event in await told(branch, "loan.declared_lost")] == [str(loan.loan_id)]
    fines = await FineQueries(branch.database).fines(FineFilter(member_id=ADA), limit=9, before=None)
    assert {fine.reason: fine.amount for fine in fines} == {"lost": euros(2500), "processing": euros(500)}
    (entry,) = [entry for entry in await queries.history(loan.loan_id) if entry.what == "declared_lost"]
    assert (entry.by, entry.why) == ("system", "42 days overdue")


async def test_a_hold_that_nobody_fetched_expires_and_the_copy_passes_on(branch: Branch) -> None:
    await branch.check_out(card="KIM")
    first = await branch.hold()
    await branch.bring_back()
    branch.clock.pass_by(30 * DAY)

    swept, again = await sweep_now(branch), await sweep_now(branch)

    assert (swept.expired, again.expired) == (1, 0)
    assert [event["hold_id"] for event in await told(branch, "hold.expired")] == [str(first.hold_id)]
    assert (await told(branch, "copy.availability_changed"))[-1]["availability"] == "available"


async def test_who_borrowed_is_forgotten_after_ninety_days_but_what_was_lent_is_not(branch: Branch) -> None:
    loan = await branch.check_out()
    await branch.bring_back()
    branch.clock.pass_by(90 * DAY)
    too_early = await sweep_now(branch)
    branch.clock.pass_by(DAY)

    swept, again = await sweep_now(branch), await sweep_now(branch)

    assert (too_early.anonymised, swept.anonymised, again.anonymised) == (0, 1, 0)
    async with branch.database.reading() as connection:
        kept = (await connection.execute(select(loans))).one()
        text = (await connection.execute(select(loan_history.c.by, loan_history.c.why).distinct())).all()
    assert kept.member_id != ADA
    assert (kept.book_id, kept.loan_id) == (EMMA, loan.loan_id)
    assert [tuple(row) for row in text] == [("", "")]


async def test_what_is_due_to_a_member_does_not_tell_of_a_loan_that_is_forgotten(branch: Branch) -> None:
    fine_id = await branch.owe("SECOND")
    await branch.pay(fine_id, 2500)
    async with branch.unit_of_work() as uow:
        uow.payouts.add(Payout(new_id(), ADA, euros(2500), PayoutReason.CANCELLED, NOW, fine_id))
        await uow.commit()
    branch.clock.pass_by(200 * DAY)

    await sweep_now(branch)

    (payout,) = await branch.database.rows(select(payouts))
    assert (ADA, None) == (payout.member_id, payout.fine_id)


async def test_a_loan_with_a_fine_that_is_owed_is_kept_until_it_is_settled(branch: Branch) -> None:
    fine_id = await branch.owe("SECOND")
    branch.clock.pass_by(91 * DAY)
    before = await sweep_now(branch)
    await branch.pay(fine_id, 2500)

    assert (before.anonymised, (await sweep_now(branch)).anonymised) == (0, 1)
    assert await FineQueries(branch.database).fines(FineFilter(member_id=ADA), limit=9, before=None) == []


async def test_a_member_may_keep_the_history(branch: Branch) -> None:
    await branch.check_out()
    await branch.bring_back()
    async with branch.database.engine.begin() as connection:
        await connection.execute(update(borrowers).values(keeps_history=True))
    branch.clock.pass_by(200 * DAY)

    assert (await sweep_now(branch)).anonymised == 0


async def test_one_bad_record_stops_nothing(branch: Branch) -> None:
    bad, good = await branch.check_out(), await branch.check_out("SECOND")
    async with branch.database.engine.begin() as connection:
        broken = update(loans).where(loans.c.loan_id == bad.loan_id)
        await connection.execute(broken.values(policy_version=99))
    branch.clock.time = good.due_at + 50 * DAY
    failures: list[UUID] = []

    swept = await sweep_now(branch, bad=failures)

    assert failures == [bad.loan_id]
    assert (swept.lost, swept.failed) == (1, 1)


async def test_two_sweeps_at_once_do_everything_once(kept_postgres: Kept) -> None:
    branch = Branch(kept_postgres.database, *(a_copy(copy_id=new_id(), barcode=f"C{number}") for number in range(5)))
    for number in range(5):
        await branch.check_out(f"C{number}")
    for _ in range(20):
        branch.clock.pass_by(7 * DAY)
        await asyncio.gather(sweep_now(branch), sweep_now(branch))
    lost = Counter(event["loan_id"] for event in await told(branch, "loan.declared_lost"))
    stages = Counter((event["loan_id"], event["stage"]) for event in await told(branch, "loan.overdue"))
    fines = await FineQueries(branch.database).fines(FineFilter(member_id=ADA), limit=99, before=None)

    assert set(lost.values()) == set(stages.values()) == {1}
    assert (len(lost), len(fines)) == (5, 10)
    assert branch.clock.now() > NOW


async def test_what_ended_in_one_way_is_kept_longer_than_what_ended_in_another(branch: Branch) -> None:
    await branch.check_out()
    await branch.bring_back()
    for barcode in ("30000000000019", "SECOND"):
        await branch.check_out(barcode, card="KIM")
    held = await branch.hold(card="ADA")
    await branch.cancel(held.hold_id)
    branch.clock.pass_by(10 * DAY)

    short_for_loans = await sweep_now(branch, kept={"returned": 9, "cancelled": 11})
    then_for_holds = await sweep_now(branch, kept={"returned": 9, "cancelled": 9})

    assert (1, 1) == (short_for_loans.anonymised, then_for_holds.anonymised)


async def test_a_loan_that_an_older_release_has_written_counts_as_before_when_it_is_forgotten(branch: Branch) -> None:
    loan = await branch.check_out()
    async with branch.database.begin() as transaction:
        await transaction.run(update(loan_history).values(day=None, channel=None, by=str(new_id())))
        await transaction.commit()
    records = HistoryRecords(UTC_ZONE)

    async def on_record() -> list[tuple[str, str]]:
        async with branch.database.reading() as connection:
            counts = [each async for each in records.read(connection, date(2020, 1, 1), date(2035, 1, 1))]
        return [(each.atom, each.dimensions["channel"]) for each in counts]

    before = await on_record()
    async with branch.database.begin() as transaction:
        await forget_borrowers(transaction.run, [loan.loan_id], now=NOW)
        await transaction.commit()

    assert [("loans", "desk")] == before == await on_record()
