"""A copy is set aside for somebody who may not borrow: the desk hears of it at the scan, where the policy says so."""

from typing import Any

import pytest

from loans_service.domain.borrower import MembershipExpired
from tests.loans.api.conftest import JESSICA, Service
from tests.loans.api.fines.charging import charge
from tests.loans.api.situations import KIOSK, change_hold_terms, hold
from tests.loans.makers import a_standing

EXPIRED = a_standing(member_id=JESSICA, refusals=(MembershipExpired("It ended yesterday. Renew it."),))
SCAN = {"copy_barcode": "30000000000019"}


@pytest.fixture
async def waiting(library: Service) -> Service:
    """Jessica waits for Emma, and has let her membership end since; she owes too much as well."""
    await change_hold_terms(library, say_if_barred=True)
    await hold(library, "JESSICA")
    await charge(library, 5000, card_number="JESSICA")
    library.members.by_card["JESSICA"] = EXPIRED
    return library


async def scan(service: Service, **how: Any) -> dict[str, Any]:
    answer = await service.post("/v1/returns", SCAN, **how)
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
