"""What an act costs the database: counted, and explained."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from uuid import UUID

import pytest
from sqlalchemy import insert

from loans_service.application.consistency.queries.circulation import ConsistencyQueries
from loans_service.application.holds.hold_views import HoldFilter, HoldView
from loans_service.application.holds.queries import HoldQueries
from loans_service.application.holds.reorder_queue import Reorder
from loans_service.application.lending.queries.accounts import BorrowerAccountQueries
from loans_service.persistence.tables import holds
from shared.kernel.ids import new_id
from shared.kernel.receipts import Receipt
from shared.persistence.database import Database
from tests.loans.branch import Branch
from tests.loans.makers import ADA, EMMA, EMMA_COPY, NOW, a_copy, a_loan, a_standing, default_document
from tests.statements import told_to_driver

PLAIN = BACK = {"postgresql": 3, "sqlite": 6}
"""Statements of a check-out and of a return between BEGIN and COMMIT; on SQLite they are no round trips."""


@asynccontextmanager
async def statements(database: Database) -> AsyncIterator[list[str]]:
    """Collect every statement that the database is sent inside the block, but BEGIN and COMMIT."""
    seen: list[str] = []
    async with told_to_driver(database) as told:
        yield seen
    seen += told.inside


async def test_a_check_out_costs_two_calls_at_once_and_one_transaction_of_few_statements(
    database: Database,
) -> None:
    branch = Branch(database, a_copy(), a_copy(copy_id=new_id(), barcode="C2"))
    branch.catalogue.rendezvous = branch.members.rendezvous = asyncio.Barrier(2)
    await branch.put_calendar({"timezone": "Europe/Berlin", "country": "DE"})

    async with statements(database) as first:
        await branch.check_out(receipt=Receipt.of(caller="desk", key="k1", request=b""))
    async with statements(database) as later:
        await branch.check_out("C2", receipt=Receipt.of(caller="desk", key="k2", request=b""))

    assert (2, 2) == (branch.catalogue.questions, branch.members.questions)
    assert len(first) <= PLAIN[database.dialect], first
    assert len(later) == len(first), later  # what is kept of policy and calendar saves reading, not asking


async def test_a_check_out_waits_for_both_answers_at_once(database: Database) -> None:
    """The rendezvous lets nobody through before the other has come: asked one after the other, both would wait."""
    branch = Branch(database)
    branch.catalogue.rendezvous = branch.members.rendezvous = asyncio.Barrier(2)

    await asyncio.wait_for(branch.check_out(), timeout=30)

    assert 1 == await branch.open_loans()


Way = Callable[[Branch], Awaitable[str]]
"""What happens before a check-out to Kim; returns the barcode."""


async def _plain(_: Branch) -> str:
    return "30000000000019"


async def _from_the_hold_shelf(branch: Branch) -> str:
    await branch.check_out()
    await branch.hold(card="KIM")
    await branch.bring_back()
    return "30000000000019"


async def _waiting_for_it(branch: Branch) -> str:
    await branch.hold(card="KIM")
    return "30000000000019"


async def _on_its_way(branch: Branch) -> str:
    await branch.check_out()
    await branch.bring_back(branch="EAST")
    return "30000000000019"


async def _another_copy_is_kept(branch: Branch) -> str:
    await _from_the_hold_shelf(branch)
    return "C2"


async def _another_copy_is_to_be_pulled(branch: Branch) -> str:
    held = await branch.hold(card="KIM")
    assert held.target is not None
    return "C2" if held.target.barcode != "C2" else "30000000000019"


async def _in_spite_of_another(branch: Branch) -> str:
    held = await branch.hold(card="LEA")
    assert held.target is not None
    return held.target.barcode


WAYS: dict[Way, int] = {
    _plain: 6,
    _on_its_way: 7,  # it is not on its way any more
    _waiting_for_it: 9,
    _from_the_hold_shelf: 9,
    _another_copy_is_to_be_pulled: 11,
    _in_spite_of_another: 11,
    _another_copy_is_kept: 14,  # it passes to whoever comes next
}


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__.strip("_"))
async def test_a_check_out_costs_so_many_statements_by_what_it_does(database: Database, way: Way) -> None:
    branch = Branch(database, a_copy(), a_copy(copy_id=new_id(), barcode="C2"))
    branch.members.by_card["LEA"] = a_standing(member_id=new_id())
    barcode = await way(branch)
    before, branch.rules = await branch.open_loans(), branch.no_rules_cached()  # as in a process that has just started
    receipt = Receipt.of(caller="desk", key="k1", request=b"")
    in_spite = {"override_codes": ("copy-held-for-other",), "override_comment": "It stands here.", "by_staff": True}

    async with statements(database) as seen:
        await branch.check_out(barcode, card="KIM", receipt=receipt, **in_spite)

    assert len(seen) <= WAYS[way], seen
    assert before + 1 == await branch.open_loans()


async def test_the_copy_that_was_kept_for_whom_took_another_passes_on(database: Database) -> None:
    branch = Branch(database, a_copy(), a_copy(copy_id=new_id(), barcode="C2"))
    branch.members.by_card["LEA"] = a_standing(member_id=new_id())
    await branch.check_out("C2")
    await branch.check_out()
    await branch.hold(card="KIM")
    await branch.bring_back()
    leas = await branch.hold(card="LEA")
    await branch.bring_back("C2", branch="EAST")

    await branch.cancel(leas.hold_id)
    leas = await branch.hold(card="LEA", copy_id=EMMA_COPY)
    await branch.check_out("C2", card="KIM")

    assert ("ready", EMMA_COPY) == ((served := await branch.held(leas.hold_id)).status, served.copy_id)
    assert [] == await HoldQueries(database).away("to_clear", None, limit=9, after=None)
    assert ["loans.hold.fulfilled", "loans.hold.ready"] == sorted((await branch.events())[-2:])
    everywhere = {"after": UUID(int=0), "until": UUID(int=2**128 - 1)}
    assert [] == await ConsistencyQueries(database).in_two_places(**everywhere)


async def test_a_copy_passes_on_to_whom_a_new_order_put_behind_though_that_hold_is_older(database: Database) -> None:
    branch = Branch(database)
    branch.members.by_card["LEA"] = a_standing(member_id=new_id())
    await branch.check_out()
    older, newer = [(await branch.hold(card=card)).hold_id for card in ("KIM", "LEA")]
    await branch.holding.reorder_queue(Reorder(EMMA, [newer, older], None, 9))
    await branch.bring_back()

    await branch.cancel(newer)

    states = {hold.hold_id: hold.status for hold in await _holds(database)}
    assert {older: "ready", newer: "cancelled"} == states


async def _holds(database: Database) -> list[HoldView]:
    return await HoldQueries(database).holds(HoldFilter(), limit=100, before=None)


async def test_a_return_looks_further_where_the_policy_passes_the_first_by(database: Database) -> None:
    branch = Branch(database)
    await branch.check_out()
    for number in range(45):
        category = "child" if number < 44 else "adult"
        branch.members.by_card[f"M{number}"] = a_standing(member_id=new_id(), category=category)
        await branch.hold(card=f"M{number}")
    rules = [*default_document()["rules"], {"name": "not for children", "category": "child", "loanable": False}]
    rules = [rule for rule in rules if rule["name"] == "not for children" or rule.get("category") != "child"]
    await branch.put_policy(rules=rules)

    await branch.bring_back()

    (served,) = [hold for hold in await _holds(database) if hold.status == "ready"]
    assert branch.members.by_card["M44"].member_id == served.member_id


async def test_a_return_costs_few_statements(database: Database) -> None:
    branch = Branch(database)
    await branch.check_out()

    async with statements(database) as seen:
        await branch.bring_back()

    assert len(seen) <= BACK[database.dialect], seen


async def ten_thousand_wait(branch: Branch, *, number: int = 10_000) -> None:
    """Let so many wait for the book: fifty copies in twelve branches, every one of them on loan."""
    people = [{"hold_id": new_id(), "member_id": new_id(), "queue_order": place} for place in range(1, number + 1)]
    same = {"book_id": EMMA, "title": "Emma", "category": "adult", "pickup_branch": "MAIN", "placed_at": NOW}
    same |= {"status": "waiting", "suspended": False, "version": 1}
    async with branch.database.engine.begin() as connection:
        for start in range(0, number, 1_000):
            await connection.execute(insert(holds), [same | each for each in people[start : start + 1_000]])


async def test_what_a_queue_of_ten_thousand_costs_is_what_a_queue_of_one_costs(database: Database) -> None:
    stock = [a_copy(copy_id=new_id(), barcode=f"C{number}", branch=f"B{number % 12}") for number in range(50)]
    costs: list[dict[str, int]] = []
    for waiting in (1, 10_000):
        branch = Branch(database, *stock)
        await branch.forget_everything()
        branch.catalogue.branches += [f"B{number}" for number in range(12)]
        async with branch.unit_of_work() as uow:
            for copy in stock[1:]:
                uow.loans.add(a_loan(copy_id=copy.copy_id, barcode=copy.barcode, member_id=new_id()))
            await uow.commit()
        await branch.check_out("C0", card="KIM")
        await ten_thousand_wait(branch, number=waiting)
        async with statements(database) as placed:
            mine = await branch.hold()
        async with statements(database) as returned:
            await branch.bring_back("C0")
        async with statements(database) as cancelled:
            await branch.cancel(mine.hold_id)
        async with statements(database) as lent:
            branch.catalogue.copies.append(a_copy(copy_id=new_id(), barcode="NEW"))
            await branch.check_out("NEW")
        async with statements(database) as chosen:
            await branch.choose_targets()
        acts = {"placed": placed, "returned": returned, "cancelled": cancelled, "lent": lent, "chosen": chosen}
        costs.append({act: len(sent) for act, sent in acts.items()})
        assert waiting + 1 == mine.position

    alone, among_many = costs
    assert alone == among_many


async def test_where_a_borrower_stands_costs_one_statement(database: Database) -> None:
    branch = Branch(database, a_copy(), a_copy(copy_id=new_id(), barcode="C2"))
    await branch.check_out()
    await branch.check_out("C2")

    async with statements(database) as seen:
        account = await BorrowerAccountQueries(database).of_member(ADA, now=NOW)
    nobody = await BorrowerAccountQueries(database).of_member(new_id(), now=NOW)

    assert (len(seen), len(account.open_loans), account.policy_version) == (1, 2, 1)
    assert (nobody.open_loans, nobody.holds, nobody.owed, nobody.leaving) == ((), 0, 0, False)
