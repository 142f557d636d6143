"""A university that begins with the sample policy: terms, hours, recalls and limits, played at its desk."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from shared.kernel.ids import new_id
from tests.answers import codes_of
from tests.loans.api.conftest import Service
from tests.loans.api.situations import hold
from tests.loans.makers import ADA, a_copy, a_standing

TWENTY_DAYS = timedelta(days=20)
TABLE = json.loads((Path(__file__).parents[4] / "docs" / "policies" / "university.json").read_text(encoding="utf-8"))


@pytest.fixture
async def university(service: Service) -> Service:
    service.members.by_card["ADA"] = a_standing(category="student")
    service.members.by_card["KIM"] = a_standing(member_id=new_id(), category="staff")
    answer = await service.put("/v1/policies", TABLE, if_match="*")
    assert 200 == answer.status_code, answer.text
    return service


async def lent(service: Service, item_type: str = "book", card: str = "ADA") -> Any:
    barcode = f"C{len(service.catalogue.copies)}"
    service.catalogue.copies.append(a_copy(copy_id=new_id(), barcode=barcode, item_type=item_type))
    return await service.check_out(copy_barcode=barcode, card_number=card)


async def test_staff_keep_a_book_until_the_end_of_the_term(university: Service) -> None:
    assert "2026-07-10T23:59:59Z" == (await lent(university, card="KIM")).json()["due_at"]


async def test_an_hour_loan_comes_back_before_the_reading_room_closes(university: Service) -> None:
    room = {"timezone": "UTC", "weekly": {"mon": [["09:00", "12:00"]], "tue": [["09:00", "18:00"]]}}
    assert 201 == (await university.put("/v1/calendars/MAIN", room)).status_code

    loan = (await lent(university, "short-loan")).json()

    assert "2026-03-02T12:00:00Z" == loan["due_at"]


async def test_a_student_renews_from_today_and_not_before_that_gives_more(university: Service) -> None:
    loan = (await lent(university)).json()

    early = await university.post(f"/v1/loans/{loan['loan_id']}/renew", {})
    university.clock.pass_by(TWENTY_DAYS)
    late = await university.post(f"/v1/loans/{loan['loan_id']}/renew", {})

    assert ["renewal-changes-nothing"] == codes_of(early)
    assert ("2026-03-30T23:59:59Z", "2026-04-05T23:59:59Z") == (loan["due_at"], late.json()["due_at"])


async def test_a_student_sees_which_limits_are_shared(university: Service) -> None:
    limits = (await university.get(f"/v1/borrowers/{ADA}")).json()["limits"]

    assert {"most": 1, "item_types": ["laptop", "camera"], "branches": []} == limits["loans_of"][0]


async def test_laptops_and_cameras_are_one_at_a_time(university: Service) -> None:
    assert 201 == (await lent(university, "laptop")).status_code

    assert ["shared-limit-reached"] == codes_of(await lent(university, "camera"))
    assert 201 == (await lent(university, "short-loan")).status_code


async def test_what_staff_have_for_a_term_comes_back_after_two_weeks_for_who_recalls_it(university: Service) -> None:
    loan = (await university.check_out(card_number="KIM")).json()

    await hold(university, "ADA", kind="recall")
    await university.choose_targets()

    recalled = (await university.get(f"/v1/loans/{loan['loan_id']}")).json()
    assert ("2026-07-10T23:59:59Z", "2026-03-16T23:59:59Z") == (loan["due_at"], recalled["due_at"])
