"""Records of members are merged one into the next, and each merger is told by itself: in whatever order."""

from collections.abc import Sequence
from itertools import permutations
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from loans_service.application.fines.charge_member import Charge, ChargeMember
from loans_service.application.neighbours import MemberKey
from loans_service.application.privacy.clear_borrower import LeavingNews
from loans_service.application.privacy.follow_member import MergedMembersNews
from loans_service.domain.borrower import MemberLeaving
from loans_service.domain.money import Money
from loans_service.persistence.tables import loans, plumbing
from shared.kernel.ids import new_id
from shared.persistence.database import Database
from tests.loans.branch import Branch
from tests.loans.makers import ADA, a_copy, a_standing
from tests.loans.persistence.racing import at_once

SECOND, THIRD, LAST = (new_id() for _ in range(3))
IN_TURN = ((ADA, SECOND), (SECOND, THIRD), (THIRD, LAST))
LISTENER = "loans.members"


@pytest.fixture
def branch(database: Database) -> Branch:
    """A branch with two copies of Emma, which knows Ada, and the last of the records that hers will be merged into."""
    branch = Branch(database, a_copy(), a_copy(copy_id=new_id(), barcode="C2"))
    branch.members.by_card["LAST"] = a_standing(member_id=LAST)
    return branch


async def hear(branch: Branch, *mergers: tuple[UUID, UUID], sequence: int = 5) -> None:
    join = branch.privacy.join_borrowers
    for gone, into in mergers:
        await join(MergedMembersNews(str(new_id()), gone, into, sequence), listener=LISTENER)


async def hear_of_leaving(branch: Branch, member_id: UUID, leaving_id: UUID | None, *, sequence: int) -> None:
    news = LeavingNews(str(new_id()), member_id, leaving_id, sequence)
    await branch.privacy.note_leaving(news, listener=LISTENER)


async def cleared(branch: Branch) -> list[Any]:
    """Return the requests to leave that were answered, oldest answer first."""
    told = plumbing.outbox.c
    query = select(told.data).where(told.type == "loans.borrower.cleared").order_by(told.sequence)
    return [(row.data["member_id"], row.data["leaving_id"]) for row in await branch.database.rows(query)]


async def borrower_of(branch: Branch, loan_id: UUID) -> UUID:
    [row] = await branch.database.rows(select(loans.c.member_id).where(loans.c.loan_id == loan_id))
    found: UUID = row.member_id
    return found


@pytest.mark.parametrize("order", [*permutations(range(len(IN_TURN)))], ids=str)
async def test_loans_holds_and_debts_are_of_the_last_record_in_whatever_order_the_mergers_are_told(
    branch: Branch, order: Sequence[int]
) -> None:
    lent, held = await branch.check_out("C2"), await branch.hold(card="ADA", copy_id=branch.catalogue.copies[0].copy_id)
    charge = ChargeMember(branch.unit_of_work, branch.members, branch.clock, "EUR")
    await charge(Charge(MemberKey(card_number="ADA"), "card", Money(200, "EUR")))

    await hear(branch, *(IN_TURN[place] for place in order))

    account = await branch.ports.accounts.of_member(LAST, now=branch.clock.now())
    assert (LAST, LAST) == (await borrower_of(branch, lent.loan_id), (await branch.held(held.hold_id)).member_id)
    assert (1, 200) == (len(account.open_loans), account.owed)


async def test_two_mergers_at_once_bring_everything_to_the_last_record(branch: Branch) -> None:
    for _ in range(20):
        gone, between, last = (new_id() for _ in range(3))
        branch.members.by_card["GONE"] = a_standing(member_id=gone)
        lent = await branch.check_out(card="GONE")

        await at_once(hear(branch, (gone, between)), hear(branch, (between, last)))

        assert last == await borrower_of(branch, lent.loan_id)
        await branch.bring_back()


async def test_of_two_holds_of_the_first_and_the_last_record_one_stays(branch: Branch) -> None:
    held, twice = await branch.hold(), await branch.hold(card="LAST")

    await hear(branch, (SECOND, LAST), (ADA, SECOND))

    states = [(await branch.held(each.hold_id)).status for each in (held, twice)]
    assert ["waiting", "cancelled"] == states


async def test_what_comes_to_somebody_who_was_let_go_is_forgotten_too(branch: Branch) -> None:
    over = await branch.check_out()
    await branch.bring_back()
    out = await branch.check_out("C2")
    request = new_id()
    await hear_of_leaving(branch, LAST, request, sequence=9)
    before = await cleared(branch)

    await hear(branch, (SECOND, LAST), (ADA, SECOND))
    look_again = branch.privacy.clear_borrowers
    await look_again()
    while_open = await borrower_of(branch, out.loan_id)
    await branch.bring_back("C2")
    for _ in range(2):
        await look_again()

    assert LAST == while_open
    assert {ADA, SECOND, LAST}.isdisjoint([await borrower_of(branch, each.loan_id) for each in (over, out)])
    assert ([(str(LAST), str(request))], [(str(LAST), str(request))] * 2) == (before, await cleared(branch))


@pytest.mark.parametrize("leaving_id", [None, new_id()], ids=["stays", "leaves"])
async def test_older_news_of_a_record_that_comes_after_its_merger_changes_nothing(
    branch: Branch, leaving_id: UUID | None
) -> None:
    await branch.check_out("C2")
    await hear(branch, (ADA, LAST), sequence=5)

    await hear_of_leaving(branch, ADA, leaving_id, sequence=4)

    with pytest.raises(MemberLeaving):
        await branch.check_out()
    assert [] == await cleared(branch)


@pytest.mark.parametrize("before", [((ADA, LAST),), ((ADA, SECOND), (SECOND, LAST))], ids=["one step", "two steps"])
async def test_members_that_were_restored_and_merged_the_other_way_are_served_as_the_record_that_stays_now(
    branch: Branch, before: Sequence[tuple[UUID, UUID]]
) -> None:
    await hear(branch, *before)

    await hear(branch, (LAST, ADA), sequence=6)

    lent = await branch.check_out()
    assert ADA == await borrower_of(branch, lent.loan_id)
    with pytest.raises(MemberLeaving):
        await branch.check_out("C2", card="LAST")
