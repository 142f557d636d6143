"""A copy is set aside for somebody who may not borrow: the desk hears of it at the scan, where the policy says so."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from loans_service.domain.borrower import MembershipExpired
from loans_service.persistence.tables import holds
from shared.kernel.ids import new_id
from tests.loans.api.conftest import JESSICA, REBECCA, Service
from tests.loans.api.fines.charging import charge
from tests.loans.api.situations import KIOSK, change_hold_terms, hold, the_table
from tests.loans.makers import a_copy, a_standing

EXPIRED = a_standing(member_id=JESSICA, refusals=(MembershipExpired("It ended yesterday. Renew it."),))


@pytest.fixture
async def waiting(library: Service) -> Service:
    """Jessica waits for Emma, and has let her membership end since; she owes too much as well."""
    await change_hold_terms(library, say_if_barred=True)
    await hold(library, "JESSICA")
    await charge(library, 5000, card_number="JESSICA")
    library.members.by_card["JESSICA"] = EXPIRED
    return library


async def scan(
    service: Service, *, copy_barcode: str = "30000000000019", key: str | None = None, token: str | None = None
) -> dict[str, Any]:
    answer = await service.post("/v1/returns", {"copy_barcode": copy_barcode}, key, token)
    assert 200 == answer.status_code, answer.text
    done: dict[str, Any] = answer.json()
    return done


async def test_the_scan_says_what_keeps_the_member_from_borrowing(waiting: Service) -> None:
    first, again = await scan(waiting, key="k1"), await scan(waiting, key="k1")

    codes = [each["code"] for each in first["hold_refusals"]]
    assert ("hold_shelf", ["membership-expired", "fines-owed"]) == (first["next"], codes)
    assert first == again


async def test_a_member_who_may_borrow_has_nothing_against_it(library: Service) -> None:
    await change_hold_terms(library, say_if_barred=True)
    await hold(library, "STEVE")

    assert [] == (await scan(library))["hold_refusals"]


async def test_while_members_does_not_answer_the_copy_is_set_aside_all_the_same(waiting: Service) -> None:
    waiting.members.down = True

    done = await scan(waiting)

    assert ("hold_shelf", None) == (done["next"], done["hold_refusals"])


async def test_a_machine_that_others_read_is_not_told(waiting: Service) -> None:
    asked = waiting.members.questions

    done = await scan(waiting, token=KIOSK)

    assert ("hold_shelf", None, asked) == (done["next"], done["hold_refusals"], waiting.members.questions)


async def test_nobody_is_asked_where_the_policy_does_not_say_so(waiting: Service) -> None:
    await change_hold_terms(waiting, say_if_barred=False)
    asked = waiting.members.questions

    assert (None, asked) == ((await scan(waiting))["hold_refusals"], waiting.members.questions)


FROM_16 = {"name": "films from 16", "item_type": "dvd", "age": {"to": 15}, "loanable": False, "holds_allowed": False}
READING = {"name": "reading room", "location": "READING", "loanable": False, "holds_allowed": False}


async def with_rule(library: Service, rule: dict[str, Any]) -> None:
    table = await the_table(library)
    table["rules"].append(rule)
    answer = await library.put("/v1/policies", table, if_match="*")
    assert 200 == answer.status_code, answer.text


async def test_a_copy_is_set_aside_for_the_first_who_is_old_enough_for_it(library: Service) -> None:
    await with_rule(library, FROM_16)
    library.catalogue.copies = [a_copy(), a_copy(copy_id=new_id(), barcode="FILM", item_type="dvd")]
    await library.check_out(card_number="ADA")
    library.members.by_card["JESSICA"] = a_standing(member_id=JESSICA, age=15)
    library.members.by_card["REBECCA"] = a_standing(member_id=REBECCA, age=16)
    young, old = [await hold(library, card) for card in ("JESSICA", "REBECCA")]

    film = await scan(library, copy_barcode="FILM")
    book = await scan(library)

    assert (old["hold_id"], young["hold_id"]) == (film["hold"]["hold_id"], book["hold"]["hold_id"])
    library.clock.pass_by(timedelta(days=1))
    await library.check_out(card_number="JESSICA")
    ages = await library.database.rows(select(holds.c.member_age).order_by(holds.c.placed_at, holds.c.hold_id))
    assert [None, 16] == [row.member_age for row in ages], "it is forgotten when the hold ends"


async def test_no_age_is_kept_where_no_rule_asks_for_one(library: Service) -> None:
    library.members.by_card["JESSICA"] = a_standing(member_id=JESSICA, age=15)
    await hold(library, "JESSICA")

    assert [None] == [row.member_age for row in await library.database.rows(select(holds.c.member_age))]


async def test_a_copy_of_a_location_that_is_not_lent_is_set_aside_for_nobody(library: Service) -> None:
    library.catalogue.locations = ("READING",)
    await with_rule(library, READING)
    library.catalogue.copies = [a_copy(), a_copy(copy_id=new_id(), barcode="HERE", location="reading")]
    await library.check_out(card_number="ADA")
    held = await hold(library, "JESSICA")

    assert ("shelf", None) == ((done := await scan(library, copy_barcode="HERE"))["next"], done["hold"])
    assert held["hold_id"] == (await scan(library))["hold"]["hold_id"]
