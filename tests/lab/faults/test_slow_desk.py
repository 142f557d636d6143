"""A desk that has to wait for its turn: what others do meanwhile is seen, and the records stay in order."""

import asyncio

from tests.end_to_end.gears import ProductionLibrary
from tests.end_to_end.library import code_of, done
from tests.lab.faults.held_inserts import row_kept, somebody_waits


async def test_a_loan_that_waited_long_for_its_turn_is_the_newest_and_can_be_returned(
    production: ProductionLibrary,
) -> None:
    (copy,) = await production.shelve()
    patient, quick = await production.enrol(), await production.enrol()
    keeper, watcher = await production.database(), await production.database()

    async with row_kept(keeper, f"INSERT INTO borrowers (member_id, served) VALUES ('{patient.member_id}', 1)"):
        waiting = asyncio.create_task(production.check_out(copy, patient))
        await somebody_waits(watcher)
        done(await production.check_out(copy, quick, desk=production.second_desk))
        earlier = done(await production.give_back(copy, desk=production.second_desk))["loan"]
    later = done(await waiting)

    assert later["checked_out_at"] >= earlier["returned_at"]
    assert later["loan_id"] == done(await production.give_back(copy))["loan"]["loan_id"]
    await keeper.close()
    await watcher.close()


async def test_a_copy_lent_while_a_desk_waited_is_refused_there(production: ProductionLibrary) -> None:
    (copy,) = await production.shelve()
    patient, quick = await production.enrol(), await production.enrol()
    keeper, watcher = await production.database(), await production.database()

    async with row_kept(keeper, f"INSERT INTO borrowers (member_id, served) VALUES ('{patient.member_id}', 1)"):
        waiting = asyncio.create_task(production.check_out(copy, patient))
        await somebody_waits(watcher)
        loan = done(await production.check_out(copy, quick, desk=production.second_desk))
    refused = await waiting

    assert "copy-on-loan" == code_of(refused)
    assert loan["loan_id"] == done(await production.give_back(copy))["loan"]["loan_id"]
    await keeper.close()
    await watcher.close()
