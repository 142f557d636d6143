"""The fees of a membership: charged once, to whom they belong, in the library's currency."""

from collections.abc import Sequence
from uuid import UUID

import pytest
from sqlalchemy import select

from loans_service.application.fines.charge_fees import ChargeFees, FeeOwed, FeesNews
from loans_service.application.privacy.clear_borrower import LeavingNews
from loans_service.application.privacy.follow_member import MergedMembersNews
from loans_service.domain.fines.fine import OtherCurrency
from loans_service.persistence.fines.fine_tables import fines
from shared.kernel.ids import new_id
from shared.persistence.database import Database
from tests.loans.branch import Branch
from tests.loans.makers import ADA, a_copy

LISTENER = "loans.members"
BOTH = (FeeOwed("enrolment", 500, "EUR"), FeeOwed("membership", 2000))


@pytest.fixture
def branch(database: Database) -> Branch:
    return Branch(database, a_copy())


async def hear(branch: Branch, fees: Sequence[FeeOwed] = BOTH, *, message_id: str | None = None) -> None:
    charge_fees = ChargeFees(branch.unit_of_work, branch.clock, "EUR")
    await charge_fees(FeesNews(message_id or str(new_id()), ADA, tuple(fees)), listener=LISTENER)


async def charged(branch: Branch) -> list[tuple[UUID, str, int, str]]:
    rows = await branch.database.rows(select(fines).order_by(fines.c.amount))
    assert all(row.loan_id is None for row in rows)
    return [(row.member_id, row.reason, row.amount, row.currency) for row in rows]


async def test_fees_are_charged_once_however_often_their_event_comes(branch: Branch) -> None:
    for _ in range(2):
        await hear(branch, message_id="once")

    assert [(ADA, "enrolment", 500, "EUR"), (ADA, "membership", 2000, "EUR")] == await charged(branch)


async def test_who_joins_for_nothing_owes_nothing(branch: Branch) -> None:
    await hear(branch, ())

    assert [] == await charged(branch)


async def test_the_record_that_stays_owes_the_fees_of_a_merged_one(branch: Branch) -> None:
    stays = new_id()
    await branch.privacy.join_borrowers(MergedMembersNews(str(new_id()), ADA, stays, 5), listener=LISTENER)

    await hear(branch)

    assert {stays} == {member_id for member_id, *_ in await charged(branch)}


async def test_who_was_erased_meanwhile_owes_nothing(branch: Branch) -> None:
    await branch.privacy.note_leaving(LeavingNews(str(new_id()), ADA, new_id(), 5), listener=LISTENER)

    await hear(branch)

    assert [] == await charged(branch)


async def test_a_fee_in_another_currency_is_not_charged_and_does_not_pass_unseen(branch: Branch) -> None:
    with pytest.raises(OtherCurrency):
        await hear(branch, [FeeOwed("membership", 2000, "USD")])

    assert [] == await charged(branch)
