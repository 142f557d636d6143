"""What an act costs the database: counted, and explained."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from uuid import UUID

import pytest
from sqlalchemy import event

from loans_service.adapters.consistency.sql_circulation import SqlCirculation
from loans_service.adapters.holds.sql_hold_views import SqlHoldViews
from loans_service.adapters.lending.sql_accounts import SqlAccounts
from loans_service.application.holds.hold_views import HoldFilter, HoldView
from loans_service.application.holds.reorder_queue import reorder_queue
from loans_service.domain.holds.hold import Hold
from shared.kernel.ids import new_id
from shared.kernel.receipts import Receipt
from shared.persistence.database import Database
from tests.loans.branch import Branch
from tests.loans.makers import ADA, EMMA, EMMA_COPY, a_copy, a_standing, default_document
from tests.statements import told_to_driver

PLAIN, MOST = {"postgresql": 4, "sqlite": 8}, {"postgresql": 8, "sqlite": 12}
"""Statements of a check-out between BEGIN and COMMIT, and of one that has more to do; on SQLite no round trips."""


@contextmanager
def statements(database: Database) -> Iterator[list[str]]:
    """Collect every statement that the database is sent inside the block, but BEGIN and COMMIT."""
    seen: list[str] = []
    with told_to_driver(database) as told:
        yield seen
    seen += told.inside


@contextmanager
def loaded() -> Iterator[list[Hold]]:
    """Collect every hold that is made from what the database answers inside the block."""
    seen: list[Hold] = []

    def note(hold: Hold, _: object) -> None:
        seen.append(hold)

    event.listen(Hold, "load", note)
    yield seen
    event.remove(Hold, "load", note)


async def test_a_check_out_costs_two_calls_at_once_and_one_transaction_of_few_statements(
    database: Database,
) -> None:
    branch = Branch(database, a_copy(), a_copy(copy_id=new_id(), barcode="C2"))
    branch.catalogue.rendezvous = branch.members.rendezvous = asyncio.Barrier(2)
    await branch.put_calendar({"timezone": "Europe/Berlin", "country": "DE"})

    with statements(database) as first:
        await branch.check_out(receipt=Receipt.of(caller="desk", key="k1", request=b""))
    with statements(database) as later:
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


async def _another_copy(branch: Branch) -> str:
    await _from_the_hold_shelf(branch)
    return "C2"


async def _another_copy_that_somebody_waits_for(branch: Branch) -> str:
    await _another_copy(branch)
    await branch.hold(card="LEA", copy_id=EMMA_COPY)
    return "C2"


async def _another_copy_to_clear(branch: Branch) -> str:
    await branch.check_out("C2")
    lea = await branch.hold(card="LEA")
    await branch.bring_back("C2")
    await branch.cancel(lea.hold_id)
    return await _another_copy_that_somebody_waits_for(branch)


WAYS = (
    _plain,
    _from_the_hold_shelf,
    _waiting_for_it,
    _on_its_way,
    _another_copy,
    _another_copy_that_somebody_waits_for,
    _another_copy_to_clear,
)


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__.strip("_"))
async def test_a_check_out_costs_few_statements_whatever_it_does(database: Database, way: Way) -> None:
    branch = Branch(database, a_copy(), a_copy(copy_id=new_id(), barcode="C2"))
    branch.members.by_card["LEA"] = a_standing(member_id=new_id())
    barcode = await way(branch)
    before, branch.rules = await branch.open_loans(), branch.no_rules_cached()  # as in a process that has just started

    with statements(database) as seen:
        await branch.check_out(barcode, card="KIM", receipt=Receipt.of(caller="desk", key="k1", request=b""))

    assert len(seen) <= MOST[database.dialect], seen
    assert before + 1 == await branch.open_loans()


async def test_the_copy_that_was_set_aside_for_whom_took_another_passes_on(database: Database) -> None:
    branch = Branch(database, a_copy(), a_copy(copy_id=new_id(), barcode="C2"))
    branch.members.by_card["LEA"] = a_standing(member_id=new_id())
    await branch.check_out(await _another_copy_to_clear(branch), card="KIM")

    holds = await SqlHoldViews(database).holds(HoldFilter(copy_id=EMMA_COPY), limit=9, before=None)

    assert {"ready", "fulfilled"} == {hold.status for hold in holds}
    assert [] == await SqlHoldViews(database).away("to_clear", None, limit=9, after=None)
    assert ["loans.hold.fulfilled", "loans.hold.ready"] == sorted((await branch.events())[-2:])
    everywhere = {"after": UUID(int=0), "until": UUID(int=2**128 - 1)}
    assert [] == await SqlCirculation(database).in_two_places(**everywhere)


async def test_a_copy_passes_on_to_whom_a_new_order_put_behind_though_that_hold_is_older(database: Database) -> None:
    branch = Branch(database)
    branch.members.by_card["LEA"] = a_standing(member_id=new_id())
    await branch.check_out()
    older, newer = [(await branch.hold(card=card)).hold_id for card in ("KIM", "LEA")]
    await reorder_queue(EMMA, [newer, older], expected_version=None, limit=9, uow=branch.unit_of_work())
    await branch.bring_back()

    await branch.cancel(newer)

    states = {
        hold.hold_id: hold.status for hold in await SqlHoldViews(database).holds(HoldFilter(), limit=9, before=None)
    }
    assert {older: "ready", newer: "cancelled"} == states


async def test_what_a_long_queue_costs_does_not_grow_with_it(database: Database) -> None:
    branch = Branch(database)
    await branch.check_out()
    for number in range(60):
        branch.members.by_card[f"M{number}"] = a_standing(
            member_id=new_id(), category="child" if number < 50 else "adult"
        )
        await branch.hold(card=f"M{number}")
    ids = [hold_id for _, hold_id in sorted([(hold.placed_at, hold.hold_id) for hold in await _holds(database)])]

    with statements(database) as reordered, loaded() as shown:
        await reorder_queue(EMMA, ids[::-1], expected_version=None, limit=5, uow=branch.unit_of_work())
    with statements(database) as placed:
        await branch.hold(card="KIM")
    with statements(database) as returned, loaded() as looked_at:
        await branch.bring_back()

    assert len(reordered) <= 5, reordered
    assert len(placed) <= 8, placed
    assert len(returned) <= 17, returned
    assert 5 == len(shown)
    assert 2 * 20 == len(looked_at)  # before and after books is asked


async def _holds(database: Database) -> list[HoldView]:
    return await SqlHoldViews(database).holds(HoldFilter(), limit=100, before=None)


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

    with statements(database) as seen:
        await branch.bring_back()

    assert len(seen) <= MOST[database.dialect], seen


async def test_where_a_borrower_stands_costs_one_statement(database: Database) -> None:
    branch = Branch(database, a_copy(), a_copy(copy_id=new_id(), barcode="C2"))
    await branch.check_out()
    await branch.check_out("C2")

    with statements(database) as seen:
        account = await SqlAccounts(database).of_member(ADA)
    nobody = await SqlAccounts(database).of_member(new_id())

    assert (len(seen), len(account.open_loans), account.policy_version) == (1, 2, 1)
    assert (nobody.open_loans, nobody.holds, nobody.owed, nobody.leaving) == ((), 0, 0, False)
