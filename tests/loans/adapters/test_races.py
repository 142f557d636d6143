"""Two desks at once, a hundred times each, on the database that lets them work side by side."""

import asyncio
from collections.abc import AsyncIterator, Awaitable

import pytest
from sqlalchemy import select

from loans_service.adapters.holds.sql_hold_views import SqlHoldViews
from loans_service.adapters.loan_messages import AVAILABILITY_CHANGED, HOLD_TYPES, LOAN_TYPES
from loans_service.adapters.sql_tables import map_model, plumbing
from loans_service.application.holds.hold_views import HoldView
from loans_service.application.lending.views import LoanView
from loans_service.domain.holds.hold import HoldEventType
from loans_service.domain.lending.loan import LoanEventType
from shared.kernel.errors import LibraryError
from shared.kernel.ids import new_id
from shared.persistence.database import Database
from shared.persistence.migrations import migrate
from tests.loans.branch import Branch
from tests.loans.makers import EMMA_COPY, a_copy

ROUNDS = range(100)
CHILDS_LIMIT = 5


@pytest.fixture
async def branch(postgres_url: str) -> AsyncIterator[Branch]:
    """A branch with ten copies of one book, C0 to C9."""
    map_model()
    database = Database(postgres_url)
    await migrate(database, "loans_service")
    yield Branch(database, *(a_copy(copy_id=new_id(), barcode=f"C{number}") for number in range(10)))
    await database.dispose()


async def at_once(*acts: Awaitable[object]) -> list[object]:
    """Do all at once, and return what each one answered or was refused with."""
    done = await asyncio.gather(*acts, return_exceptions=True)
    for each in done:
        if isinstance(each, BaseException) and not isinstance(each, LibraryError):
            raise each
    return list(done)


async def told(branch: Branch) -> list[tuple[str, str | None]]:
    """Return type and availability of every event, oldest first, and forget them."""
    async with branch.database.engine.begin() as connection:
        rows = (await connection.execute(select(plumbing.outbox).order_by(plumbing.outbox.c.sequence))).all()
        await connection.execute(plumbing.outbox.delete())
    return [(row.type, row.data.get("availability")) for row in rows]


async def test_two_desks_never_take_more_than_is_owed(branch: Branch) -> None:
    for _ in range(25):
        fine_id = await branch.owe("C0")
        for _ in range(5):
            done = await at_once(*(branch.pay(fine_id, 600) for _ in range(2)))
            if any(isinstance(each, LibraryError) for each in done):
                break
        owed, posted = await branch.balance(fine_id)

        assert owed == posted == 100
        await branch.pay(fine_id, 100)
        await told(branch)


async def test_two_desks_give_one_member_the_last_loan_once(branch: Branch) -> None:
    for number in range(CHILDS_LIMIT - 1):
        await branch.check_out(f"C{number}", card="KIM")

    for _ in ROUNDS:
        done = await at_once(branch.check_out("C8", card="KIM"), branch.check_out("C9", card="KIM"))

        (won,) = [each for each in done if isinstance(each, LoanView)]
        assert ["loan-limit-reached"] == [each.code for each in done if isinstance(each, LibraryError)]
        await branch.bring_back(won.barcode)


async def test_two_returns_of_one_copy_are_one_closure_and_one_event(branch: Branch) -> None:
    for _ in ROUNDS:
        await branch.check_out("C0")
        await told(branch)

        done = await at_once(branch.bring_back("C0"), branch.bring_back("C0"))

        assert 1 == sum(isinstance(each, LoanView) for each in done)
        assert 1 == sum(each is None for each in done)
        assert [(LOAN_TYPES[LoanEventType.RETURNED], None), (AVAILABILITY_CHANGED, "available")] == await told(branch)


async def test_a_return_against_a_renewal_ends_with_the_copy_back_and_nothing_renewed_after(branch: Branch) -> None:
    for _ in ROUNDS:
        loan = await branch.check_out("C0")
        await told(branch)

        renewed, returned = await at_once(branch.renew(loan.loan_id), branch.bring_back("C0"))

        assert isinstance(returned, LoanView)
        types = [type_ for type_, _ in await told(branch)]
        if isinstance(renewed, LoanView):
            assert 1 == returned.renewals
            assert [LOAN_TYPES[LoanEventType.RENEWED], LOAN_TYPES[LoanEventType.RETURNED]] == types[::2]
        else:
            assert isinstance(renewed, LibraryError)
            assert ("loan-not-open", 0) == (renewed.code, returned.renewals)


async def test_a_hold_against_a_check_out_never_lends_what_is_held_nor_holds_what_is_not_there(branch: Branch) -> None:
    views = SqlHoldViews(branch.database)
    branch.catalogue.copies = [a_copy()]
    for _ in ROUNDS:
        held, lent = await at_once(branch.hold(card="KIM"), branch.check_out(card="ADA"))

        assert isinstance(held, HoldView)
        if isinstance(lent, LibraryError):
            assert "copy-held-for-other" == lent.code
        assert isinstance(lent, LoanView) == bool(await branch.open_loans())

        await branch.bring_back()
        shown = await views.hold(held.hold_id)
        assert shown is not None
        assert ("ready", EMMA_COPY) == (shown.status, shown.copy_id)
        await branch.check_out(card="KIM")
        await branch.bring_back()


async def test_a_return_against_the_cancelling_of_its_hold_leaves_no_copy_set_aside_for_nobody(branch: Branch) -> None:
    views = SqlHoldViews(branch.database)
    branch.catalogue.copies = [a_copy()]
    for _ in ROUNDS:
        await branch.check_out(card="ADA")
        hold = await branch.hold(card="KIM")
        await told(branch)

        await at_once(branch.bring_back(), branch.cancel(hold.hold_id))

        types = await told(branch)
        ready = (HOLD_TYPES[HoldEventType.READY], None) in types
        assert "available" == [state for type_, state in types if type_ == AVAILABILITY_CHANGED][-1]
        assert ready == bool(await views.away("to_clear", None, limit=10, after=None))
        assert [] == await views.away("hold_shelf", None, limit=10, after=None)
        await branch.bring_back()


async def test_two_returns_serve_one_hold_with_one_copy(branch: Branch) -> None:
    views = SqlHoldViews(branch.database)
    for _ in ROUNDS:
        await branch.check_out("C0")
        await branch.check_out("C1")
        hold = await branch.hold(card="KIM")
        await told(branch)

        await at_once(branch.bring_back("C0"), branch.bring_back("C1"))

        assert 1 == [type_ for type_, _ in await told(branch)].count(HOLD_TYPES[HoldEventType.READY])
        (captured,) = await views.away("hold_shelf", None, limit=10, after=None)
        assert hold.hold_id == captured.hold_id
        await branch.check_out(captured.barcode, card="KIM")
        await branch.bring_back(captured.barcode)
