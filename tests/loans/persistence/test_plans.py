"""How PostgreSQL answers what is asked per request and per batch of the timed work, as the adapters really ask it.

From indexes, and without reading past much that does not count, whatever has piled up in years.
"""

import asyncio
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from loans_service.adapters.lending.circulation_metrics import measure
from loans_service.application.consistency.queries.circulation import ConsistencyQueries
from loans_service.application.consistency.queries.sums import MoneyQueries
from loans_service.application.fines.queries import FineQueries
from loans_service.application.holds.queries import HoldQueries
from loans_service.application.lending.queries.accounts import BorrowerAccountQueries
from loans_service.application.lending.queries.due_items import DueItemQueries
from loans_service.application.lending.queries.sweep import LostSince, SweepQueries
from loans_service.application.lending.renewals.queries import RenewalQueries
from loans_service.application.lending.views import LoanFilter
from loans_service.domain.circulating_copy import CopyKey
from loans_service.domain.privacy.retention import ENDED
from loans_service.persistence.fines.fines import Fines
from loans_service.persistence.holds.circulation_records import CirculationRecords
from loans_service.persistence.holds.corrections import Corrections
from loans_service.persistence.holds.holds import Holds
from loans_service.persistence.holds.retarget_requests import RetargetQueue
from loans_service.persistence.lending.forgetting import Forgetting
from loans_service.persistence.lending.loans import Loans
from loans_service.persistence.merged_records import MergedRecords
from loans_service.persistence.privacy.erasure_requests import ErasureRequests
from loans_service.persistence.tills.payouts import Payouts
from shared.persistence.database import Database
from shared.persistence.migrating.migrations import migrate
from tests.loans.makers import a_loan
from tests.loans.persistence.questions import (
    A_BIT_ON,
    BOOK,
    COPY,
    EMMA,
    FINE,
    LOAN,
    MEMBER,
    MIDDLE,
    NOW,
    SOME_COPIES,
    Ask,
    a_check_out,
    away,
    batches,
    collectable,
    fines_by,
    further_back,
    holds_by,
    in_transaction,
    in_work,
    loan_views,
    loans_by,
    past_loans,
    the_facts,
    thing_id,
)
from tests.loans.persistence.years_of_work import YEARS_OF_WORK
from tests.servers import PostgresServer
from tests.statements import told_to_driver

GROWING = (
    "loans|loan_history|holds|circulation_records|reported_copies|retarget_requests|fines|fine_entries|till_receipts"
    "|borrowers"
)
MOST_IN_VAIN = 2_500
"""Rows that a question may read and throw away, of the 20,000 and more that there are."""


THREE_DAYS: dict[str, Any] = {"after": NOW, "until": NOW + timedelta(days=3), "limit": 200}
FORTY_TWO_DAYS_AGO, NINETY_DAYS_AGO = NOW - timedelta(days=42), NOW - timedelta(days=90)

ASKED: dict[str, Ask] = {
    # at the desk
    "what a check-out is decided by": in_work(a_check_out),
    "a copy by its barcode": in_work(lambda work: CirculationRecords(work).find(CopyKey(barcode="C40"))),
    "a copy by its id": in_work(lambda work: CirculationRecords(work).find(CopyKey(copy_id=COPY))),
    "a copy by its barcode, for a return": in_work(
        lambda work: CirculationRecords(work).find_and_lock(CopyKey(barcode="C40"))
    ),
    "what a return is decided by": in_work(lambda work: the_facts(work).of_return(EMMA, answered=None)),
    "what a renewal is decided by": in_work(lambda work: the_facts(work).of_renewal(a_loan(copy_id=COPY))),
    "where a copy lies": in_work(lambda work: CirculationRecords(work).record_of(EMMA)),
    "where the copies of a book are": in_work(lambda work: CirculationRecords(work).of_book(BOOK, [EMMA], now=NOW)),
    "the open loan of a copy": in_work(lambda work: Loans(work).open_of(COPY)),
    "what can be recalled of a book": in_work(lambda work: Loans(work).not_recalled(thing_id("book1"))),
    "the open copies of a member": in_work(lambda work: Loans(work).open_copies_of(MEMBER)),
    "where one joins a queue": in_work(lambda work: Holds(work).end_of_queue(BOOK)),
    "the order of a queue": in_work(lambda work: Holds(work).order_of_queue(BOOK)),
    "another order of a queue": in_work(
        lambda work: Holds(work).reorder({thing_id("hold20"): 2, thing_id("hold40"): 1})
    ),
    "who waits in vain": in_work(lambda work: Holds(work).in_vain(BOOK, most=100)),
    "the recalls of a loan": in_work(lambda work: Holds(work).recalls_of(LOAN)),
    "some of a queue": in_work(lambda work: Holds(work).of_ids([thing_id("hold20")])),
    "who waits for a copy": in_work(lambda work: Holds(work).unserved(BOOK, behind=-1, now=NOW)),
    "who waits for another copy": in_work(lambda work: Holds(work).served_elsewhere(EMMA, now=NOW)),
    "what is to be pulled for a book": in_work(lambda work: Holds(work).targeted(BOOK)),
    "the first who wait for a book": in_work(lambda work: Holds(work).waiting(BOOK, most=100)),
    "what is wanted alone": in_work(lambda work: Holds(work).with_own_holds(BOOK, now=NOW)),
    "whether anybody is unserved": in_work(lambda work: Holds(work).anybody_unserved(BOOK, now=NOW)),
    "who waits for a copy further back": in_work(further_back),
    "the active holds of a member": in_work(lambda work: Holds(work).active_of(MEMBER)),
    "the fines of a loan": in_work(lambda work: Fines(work, Payouts(work), by="").of_loan(LOAN)),
    "a fine": in_work(lambda work: Fines(work, Payouts(work), by="").get(FINE)),
    "who owes a fine": in_work(lambda work: Fines(work, Payouts(work), by="").lock_debtor_of(FINE)),
    "the record that stays of a merged one": lambda database: MergedRecords(database).record_that_stays(MEMBER),
    "who waits for one book and has another at home": in_work(lambda work: Holds(work).of_readers(BOOK, of=COPY)),
    "who waits for one book and has borrowed another since": in_work(
        lambda work: Holds(work).of_readers(BOOK, of=COPY, since=True)
    ),
    "whether a lost copy is waited for": in_work(lambda work: CirculationRecords(work).any_lost(BOOK)),
    "what a copy costs": in_work(lambda work: CirculationRecords(work).price_of(COPY)),
    # loans
    "a loan": lambda database: loan_views(database).loan(LOAN),
    "the history of a loan": lambda database: loan_views(database).history(LOAN),
    "the newest loans": loans_by(),
    "the loans of a member": loans_by(member_id=MEMBER),
    "what machines did offline": loans_by(offline=True),
    "the open loans of a member": loans_by(member_id=MEMBER, status="open"),
    "the loans of a member by title": lambda database: loan_views(database).loans(
        LoanFilter(NOW, member_id=MEMBER), limit=21, before=("Emma", LOAN), order="title"
    ),
    "how many loans a member has": lambda database: loan_views(database).count(LoanFilter(NOW, member_id=MEMBER)),
    "some loans": lambda database: RenewalQueries(database).loans_of_ids([LOAN, FINE]),
    "who waits for some books": lambda database: RenewalQueries(database).queue_parts([BOOK, COPY], [MEMBER], now=NOW),
    "how many others wait": lambda database: RenewalQueries(database).waiting([BOOK, COPY], [MEMBER]),
    "which loans are recalled": lambda database: RenewalQueries(database).recalled([LOAN, FINE], now=NOW),
    "the loans of a copy": loans_by(copy_id=COPY),
    "the loans of a book": loans_by(book_id=BOOK),
    "the loans of a branch": loans_by(branch="B0"),
    "the open loans of a branch": loans_by(branch="B0", status="open"),
    "the overdue loans of a branch": loans_by(branch="B0", overdue=True),
    "the open loans": loans_by(status="open"),
    "the lost copies": loans_by(status="lost"),
    "the copies said to be returned": loans_by(status="claimed_returned"),
    "the closed loans": loans_by(status="returned"),
    "the overdue loans": loans_by(overdue=True),
    "the loans that are not overdue": loans_by(overdue=False),
    "past loans": past_loans,
    "where a borrower stands": lambda database: BorrowerAccountQueries(database).of_member(MEMBER, now=NOW),
    # holds
    "a hold": lambda database: HoldQueries(database).hold(thing_id("hold20")),
    "a queue": lambda database: HoldQueries(database).queue(BOOK, limit=20, after=None),
    "the newest holds": holds_by(),
    "the holds of a member": holds_by(member_id=MEMBER),
    "the holds for a book": holds_by(book_id=BOOK),
    "the holds for a copy": holds_by(copy_id=thing_id("held7")),
    "the holds fetched in a branch": holds_by(pickup_branch="B7"),
    "the holds ready in a branch": holds_by(pickup_branch="B7", status="ready"),
    "the holds that wait": holds_by(status="waiting"),
    "the holds that have expired": holds_by(status="expired"),
    "the copies on their way": away(None),
    "the copies on their way to a branch": away("B3"),
    "the pull list": lambda database: HoldQueries(database).to_pull("b0", limit=21, after=None),
    "more of the pull list": lambda database: HoldQueries(database).to_pull(
        "B0", limit=21, after=("KIDS", "QA 20", COPY)
    ),
    "how many wait": lambda database: HoldQueries(database).waiting([BOOK, COPY]),
    "what is to be looked at again": lambda database: RetargetQueue(database).due(now=NOW, most=50),
    # fines
    "one fine": lambda database: FineQueries(database).fine(FINE),
    "the ledger of a fine": lambda database: FineQueries(database).postings(FINE),
    "the newest fines": fines_by(),
    "the fines of a member": fines_by(member_id=MEMBER),
    "what a member owes": fines_by(member_id=MEMBER, status="owed"),
    "the fines charged for a loan": fines_by(loan_id=LOAN),
    "the fines that are owed": fines_by(status="owed"),
    "the fines that were forgiven": fines_by(status="waived"),
    "who can be sent to a collection agency": batches(collectable()),
    "who can be for what a branch lent": batches(collectable("B7")),
    # what books corrects
    "whether a book has copies": in_work(lambda work: CirculationRecords(work).has_copies(BOOK)),
    "all of a queue": in_work(lambda work: Holds(work).queued(BOOK)),
    "the old labels of a copy": in_transaction(lambda work: Corrections(work).books_under_old_label(COPY, "C41")),
    "another label for a copy": in_transaction(lambda work: Corrections(work).barcode(COPY, "C41")),
    "another book for what is on record": in_transaction(lambda work: Corrections(work).book(BOOK, into=COPY)),
    # whether the records agree
    "the copies away": lambda database: ConsistencyQueries(database).away(after=MIDDLE, limit=100),
    "the states of some copies": lambda database: ConsistencyQueries(database).states_of(SOME_COPIES),
    "copies in two places": lambda database: ConsistencyQueries(database).in_two_places(after=MIDDLE, until=A_BIT_ON),
    "the balance of the tills": lambda database: MoneyQueries(database).sums("EUR"),
    "the balances of fines": lambda database: ConsistencyQueries(database).balances(after=MIDDLE, limit=10_000),
    # a closing
    "the loans that end": lambda database: DueItemQueries(database).of_loans(branch="b0", beyond=None, **THREE_DAYS),
    "the shelf times that end": lambda database: DueItemQueries(database).of_holds(
        branch="b7", beyond=MIDDLE, **THREE_DAYS
    ),
    # the timed work
    "whom to remind": batches(
        lambda database, beyond: SweepQueries(database).to_remind(now=NOW, beyond=beyond, limit=200)
    ),
    "what renews itself without a reminder": batches(
        lambda database, beyond: SweepQueries(database).to_renew(now=NOW, beyond=beyond, limit=200)
    ),
    "which losses are billed": batches(
        lambda database, beyond: SweepQueries(database).to_bill(now=NOW, beyond=beyond, limit=200)
    ),
    "what expires": batches(
        lambda database, beyond: SweepQueries(database).to_expire(now=NOW, beyond=beyond, limit=200)
    ),
    "what is given up": batches(
        lambda database, beyond: SweepQueries(database).to_give_up(
            overdue_since=[LostSince(1, FORTY_TWO_DAYS_AGO), LostSince(2, NINETY_DAYS_AGO, ("adult", "child"))],
            beyond=beyond,
            limit=200,
        )
    ),
    "the policies of what is late": lambda database: SweepQueries(database).policies_of_overdue(now=NOW),
    "since when lateness counts": in_work(lambda work: Loans(work).counted_from(LOAN)),
    "what is forgotten": lambda database: Forgetting(database)(
        ended_before=dict.fromkeys(ENDED, NINETY_DAYS_AGO), lost_before=NINETY_DAYS_AGO, now=NOW, limit=20
    ),
    "who leaves": in_transaction(lambda work: ErasureRequests(work).waiting(most=100)),
    "what open_obligations a borrower": in_transaction(lambda work: ErasureRequests(work).open_obligations(MEMBER)),
    "what is measured": lambda database: measure(database, now=NOW),
}


AFTER_A_QUIET_NIGHT = (
    *YEARS_OF_WORK[:5],
    "UPDATE loans SET returned_at = checked_out_at WHERE returned_at IS NULL",
    "UPDATE holds SET status = 'not_' || status WHERE status IN ('waiting', 'ready')",
    "VACUUM (ANALYZE) loans, holds",
    "UPDATE loans SET returned_at = NULL WHERE returned_at = checked_out_at",
    "UPDATE holds SET status = substr(status, 5) WHERE status LIKE 'not_%'",
)
"""A thousand open loans and as many holds, of which PostgreSQL knows none: when it last looked, there was nothing."""

ABOUT_ONE_COPY_OR_MEMBER = (
    "where one joins a queue",
    "the order of a queue",
    "who waits for a copy",
    "who waits for another copy",
    "what is to be pulled for a book",
    "the first who wait for a book",
    "whether anybody is unserved",
    "the active holds of a member",
    "what a check-out is decided by",
    "what a return is decided by",
    "the open loan of a copy",
    "the open copies of a member",
)


@contextmanager
def filled(server: PostgresServer, name: str, statements: Iterable[str]) -> Iterator[str]:
    made = server.create_database(name)

    async def fill() -> None:
        database = Database(made, command_timeout=600)
        try:
            await migrate(database, "loans_service")
            async with database.reading() as connection:  # each statement stands for itself
                await connection.execute(text("SET statement_timeout = 0"))
                for statement in statements:
                    await connection.execute(text(statement))
        finally:
            await database.dispose()

    asyncio.run(fill())
    yield made
    server.drop_database(name)


@pytest.fixture(scope="module")
def url(postgres_server: PostgresServer) -> Iterator[str]:
    """A database with years of work in it."""
    with filled(postgres_server, "years_of_work", YEARS_OF_WORK) as made:
        yield made


@pytest.fixture(scope="module")
def surprised_url(postgres_server: PostgresServer) -> Iterator[str]:
    """A database whose statistics have been overtaken by a busy morning."""
    with filled(postgres_server, "a_quiet_night", AFTER_A_QUIET_NIGHT) as made:
        yield made


async def plans_of(ask: Ask, url: str) -> list[str]:
    """Ask, and return how the database answered what it was sent for it."""
    database = Database(url)
    async with told_to_driver(database) as told:
        await ask(database)
    plans = []
    for statement, parameters in told.asked_inside:
        async with database.engine.connect() as connection:
            rows = await connection.exec_driver_sql(f"EXPLAIN (ANALYZE, TIMING OFF) {statement}", parameters)
            plans.append("\n".join(rows.scalars()))
            await connection.rollback()
    await database.dispose()
    assert plans
    return plans


def read_in_vain(plan: str) -> int:
    return sum(int(number) for number in re.findall(r"Rows Removed by \w[\w ]*: (\d+)", plan))


@pytest.mark.parametrize("question", ASKED)
async def test_what_is_asked_is_found_by_an_index_and_not_among_all_there_ever_was(url: str, question: str) -> None:
    for plan in await plans_of(ASKED[question], url):
        assert not re.search(rf"Seq Scan on ({GROWING})\b", plan), plan
        assert read_in_vain(plan) < MOST_IN_VAIN, plan


@pytest.mark.parametrize("question", ABOUT_ONE_COPY_OR_MEMBER)
async def test_one_copy_or_member_is_not_looked_for_among_all_that_is_on_loan(
    surprised_url: str, question: str
) -> None:
    for plan in await plans_of(ASKED[question], surprised_url):
        assert read_in_vain(plan) < 100, plan
