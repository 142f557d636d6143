"""Two desks at once, a hundred times each, on the database that lets them work side by side."""

from loans_service.application.fines.fine_views import FineFilter, PaymentView
from loans_service.application.fines.pay_borrower import BorrowerPayment
from loans_service.application.fines.queries import FineQueries
from loans_service.application.lending.queries.loans import LoanQueries
from loans_service.application.lending.views import LoanView
from loans_service.domain.lending.loan_status import LoanEventType
from loans_service.persistence.messages import AVAILABILITY_CHANGED, LOAN_TYPES
from shared.kernel.errors import LibraryError
from tests.loans.branch import Branch
from tests.loans.makers import ADA, euros
from tests.loans.persistence.racing import MANY_ROUNDS, ROUNDS, at_once, told

CHILDS_LIMIT = 5


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


async def test_one_payment_that_arrives_twice_at_once_is_taken_once(branch: Branch) -> None:
    pay = branch.pay_borrower
    for number in MANY_ROUNDS:
        fine_id = await branch.owe("C0")
        payment = BorrowerPayment(ADA, euros(1000), reference=f"till-{number}")

        first, again = await at_once(pay(payment), pay(payment))

        assert first == again
        assert (1500, 1500) == await branch.balance(fine_id)
        await branch.pay(fine_id, 1500)


async def test_paying_the_last_fine_of_a_lost_copy_against_its_return_ends_the_loan_once(branch: Branch) -> None:
    pay = branch.pay_borrower
    for _ in ROUNDS:
        loan = await branch.check_out("C0")
        await branch.declare_lost(loan.loan_id)

        paid, _ = await at_once(pay(BorrowerPayment(ADA, euros(3000))), branch.bring_back("C0"))

        shown = await LoanQueries(branch.database, branch.clock).loan(loan.loan_id)
        assert shown is not None
        assert "returned" == shown.status
        queries = FineQueries(branch.database)
        owed = {
            fine.reason: fine for fine in await queries.fines(FineFilter(loan_id=loan.loan_id), limit=9, before=None)
        }
        if isinstance(paid, PaymentView):
            assert (euros(2500), euros(0)) == (owed["lost"].refunded, owed["processing"].owed)
        else:
            assert ("waived", euros(500)) == (owed["lost"].status, owed["processing"].owed)
            await branch.pay(owed["processing"].fine_id, 500)


async def test_two_desks_give_one_member_the_last_loan_once(branch: Branch) -> None:
    for number in range(CHILDS_LIMIT - 1):
        await branch.check_out(f"C{number}", card="KIM")

    for _ in MANY_ROUNDS:
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
        once = [(LOAN_TYPES[LoanEventType.RETURNED], None), (AVAILABILITY_CHANGED, "available")]
        assert [*once, (AVAILABILITY_CHANGED, "available")] == await told(branch), "each scan is told, and the end once"


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
