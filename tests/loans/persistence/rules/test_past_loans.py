from datetime import timedelta

from loans_service.application.rules.queries import PastLoans
from shared.kernel.ids import new_id
from shared.persistence.database import Database
from tests.loans.branch import Branch
from tests.loans.makers import NOW, a_loan


async def test_past_loans_come_newest_first_in_batches_without_gap_or_repeat(database: Database) -> None:
    async with Branch(database).unit_of_work() as uow:
        made = [
            a_loan(copy_id=new_id(), now=NOW + timedelta(minutes=number // 2)) for number in range(450)
        ]  # pairs at once
        for loan in made:
            uow.loans.add(loan)
        await uow.commit()

    read = PastLoans(database).batches(since=NOW, until=NOW + timedelta(days=1), most=430)
    batches = [[(loan.checked_out_at, loan.loan_id) for loan in batch] async for batch in read]

    assert [200, 200, 30] == [len(batch) for batch in batches]
    newest_first = sorted(((loan.checked_out_at, loan.id) for loan in made), reverse=True)
    assert newest_first[:430] == [loan for batch in batches for loan in batch]
