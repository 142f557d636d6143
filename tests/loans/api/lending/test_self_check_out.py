"""Readers lend themselves copies by their own sign-in, on a telephone say, where the rule lets them."""

from typing import Any

import pytest

from loans_service.domain.borrower import MemberBlocked
from tests.answers import codes_of, problem_of
from tests.loans.api.conftest import ADAS, JESSICA, Service
from tests.loans.api.situations import change_rules, hold, shelve
from tests.loans.makers import ADA, a_standing


async def lend(service: Service, **body: Any) -> Any:
    return await service.post("/v1/loans", {"copy_barcode": "30000000000019"} | body, token=ADAS)


async def test_no_reader_lends_anything_unless_the_rule_lets_them(service: Service) -> None:
    refused = await lend(service)
    await change_rules(service, self_check_out=True)
    lent = await lend(service)

    assert (403, "self-check-out-off") == (refused.status_code, problem_of(refused)["code"])
    assert (201, str(ADA), "MAIN") == (lent.status_code, lent.json()["member_id"], lent.json()["branch"])
    history = (await service.get(f"/v1/loans/{lent.json()['loan_id']}/history")).json()["entries"]
    assert [("checked_out", "borrower")] == [(entry["what"], entry["by"]) for entry in history]


async def test_readers_meet_every_refusal_of_a_desk_and_are_told_no_notes(library: Service) -> None:
    await change_rules(library, self_check_out=True)
    jessicas = await hold(library, "JESSICA")
    await library.bring_back()
    await library.note_of(staff_note="3 discs.")

    kept = await lend(library)
    other = await lend(library, copy_barcode=shelve(library, "C2"))

    assert (["copy-held-for-other"], 201, []) == (codes_of(kept), other.status_code, other.json()["notes"])
    assert str(JESSICA) == jessicas["member_id"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"card_number": "JESSICA"}, "forbidden"),
        ({"member_id": str(JESSICA)}, "forbidden"),
        ({"acting_for": str(JESSICA)}, "forbidden"),
        ({"branch": "EAST"}, "staff-only"),
        ({"due_at": "2026-04-01T10:00:00Z"}, "staff-only"),
        ({"override": {"codes": ["copy-on-loan"], "comment": "Please."}}, "override-forbidden"),
        ({"lent_at": "2026-03-01T10:00:00Z", "reason": "I forgot."}, "staff-only"),
        ({"return_first": True}, "staff-only"),
        ({"offline": {}}, "staff-only"),
    ],
)
async def test_nothing_that_is_for_staff_or_for_others_is_for_readers(
    library: Service, body: dict[str, Any], code: str
) -> None:
    await change_rules(library, self_check_out=True)

    answer = await lend(library, **body)

    assert (403, code) == (answer.status_code, problem_of(answer)["code"])
    assert [] == (await library.get("/v1/loans")).json()["items"]


async def test_readers_do_not_choose_the_branch_whose_rules_and_blocks_are_for_them(service: Service) -> None:
    await change_rules(service, self_check_out=True)
    service.members.by_card["ADA"] = a_standing(refusals=(MemberBlocked("Members says no.", branch="MAIN"),))

    elsewhere = await lend(service, branch="EAST")
    nowhere = await lend(service, branch="ATLANTIS")
    own = [await lend(service, **named) for named in ({}, {"branch": "main"})]

    assert (403, "staff-only", "Only staff and machines") == (
        elsewhere.status_code,
        problem_of(elsewhere)["code"],
        problem_of(elsewhere)["detail"][:23],
    )
    assert ["member-blocked", "unknown-branch"] == sorted(codes_of(nowhere))
    assert [["member-blocked"]] * 2 == [codes_of(each) for each in own]


async def test_a_desk_names_whom_it_lends_to(service: Service) -> None:
    answer = await service.post("/v1/loans", {"copy_barcode": "30000000000019"})

    assert (422, "member-not-named") == (answer.status_code, problem_of(answer)["code"])
