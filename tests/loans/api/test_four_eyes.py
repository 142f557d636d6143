"""What staff spare themselves: a colleague looks at it, too; and what was overridden stays to be read."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest

from loans_service.api.access import ACCESS
from shared.kernel.ids import new_id
from tests.answers import codes_of
from tests.loans.api.conftest import ROLES, Service, a_token
from tests.loans.api.holds.pulling import patch
from tests.loans.api.situations import borrow, change_rules, change_terms, hold, suspend
from tests.loans.makers import ADA, EMMA, a_copy, a_standing

HERSELF = a_token(role="admin", member_id=ADA, scope="loans:offline")
COLLEAGUE = a_token(role="admin", scope="loans:offline")
OVERRIDE = {"codes": ["loan-limit-reached", "fines-owed"], "comment": "Exam week."}
EUR_1 = {"amount": {"amount": 100, "currency": "EUR"}}

Act = Callable[[str], Awaitable[httpx.Response]]
"""Does it with a token."""


async def _lent(service: Service, *before: str) -> str:
    """Lend Ada a copy long ago, and do these acts on the loan."""
    loan_id: str = (await service.check_out()).json()["loan_id"]
    service.clock.pass_by(timedelta(days=30))
    for act in before:
        assert 200 == (await service.post(f"/v1/loans/{loan_id}/{act}", {})).status_code
    return loan_id


async def _on_loan(service: Service, act: str, body: dict[str, Any], *before: str) -> Act:
    loan_id = await _lent(service, *before)
    return lambda token: service.post(f"/v1/loans/{loan_id}/{act}", body, token=token)


async def _lending(service: Service, path: str, **change: Any) -> Act:
    await change_terms(service, most_loans=0)
    line = {"copy_barcode": "30000000000019", "card_number": "ADA"} | change
    body = {"lines": [line]} if path.endswith("bulk") else line
    return lambda token: service.post(path, body, token=token)


async def _returning(service: Service, path: str, *before: str, ago: int = 0, offline: bool = False) -> Act:
    await _lent(service, *before)
    moment = (service.clock.now() - timedelta(days=ago)).isoformat().replace("+00:00", "Z")
    line: dict[str, Any] = {"copy_barcode": "30000000000019"}
    line |= {"offline": {"at": moment}} if offline else {"returned_at": moment} if ago else {}
    body = {"lines": [line]} if path.endswith("bulk") else line
    return lambda token: service.post(path, body, token=token)


async def _of_fine(service: Service, act: str, **body: Any) -> Act:
    loan_id = await _lent(service, "declare-lost")
    (fine, *_) = (await service.get(f"/v1/fines?loan_id={loan_id}")).json()["items"]
    return lambda token: service.post(f"/v1/fines/{fine['fine_id']}/{act}", body, token=token)


async def _lifting(service: Service) -> Act:
    await suspend(service)
    body = {"reason": "Ill."}
    return lambda token: service.post(f"/v1/borrowers/{ADA}/suspension/lift", body, token=token)


async def _paying(service: Service) -> Act:
    await _lent(service, "declare-lost")
    return lambda token: service.post(f"/v1/borrowers/{ADA}/payments", EUR_1, token=token)


async def _sending_to_collection(service: Service) -> Act:
    await _lent(service, "declare-lost")
    return lambda token: service.post("/v1/collections", {"member_ids": [str(ADA)]}, token=token)


async def _giving_back(service: Service, act: str, **body: Any) -> Act:
    await _lent(service, "declare-lost")
    paid = await service.post(f"/v1/borrowers/{ADA}/payments", EUR_1, token=COLLEAGUE)
    path = f"/v1/receipts/{paid.json()['receipt']['number']}/{act}"
    return lambda token: service.post(path, body, token=token)


async def _paying_out(service: Service) -> Act:
    more = EUR_1 | {"excess": "credit"}
    assert 200 == (await service.post(f"/v1/borrowers/{ADA}/payments", more, token=COLLEAGUE)).status_code
    (payout,) = (await service.get("/v1/payouts")).json()["items"]
    return lambda token: service.post(f"/v1/payouts/{payout['payout_id']}/paid", {}, token=token)


async def _holding(service: Service, path: str) -> Act:
    await change_terms(service, most_holds=0)
    override = {"codes": ["hold-limit-reached"], "comment": "Please."}
    body = {"book_id": str(EMMA), "card_number": "ADA", "override": override}
    return lambda token: service.post(path, body, token=token)


async def _moving_up(service: Service) -> Act:
    service.members.by_card["KIM"] = a_standing(member_id=new_id())
    first, own = [(await hold(service, card))["hold_id"] for card in ("KIM", "ADA")]
    path = f"/v1/hold-queues/{EMMA}"
    return lambda token: service.put(path, {"hold_ids": [own, first]}, if_match="*", token=token)


async def _moving_to_another_title(service: Service) -> Act:
    held = await hold(service, "ADA")
    service.catalogue.copies.append(a_copy(copy_id=new_id(), book_id=(other := new_id()), barcode="OTHER"))
    path = f"/v1/holds/{held['hold_id']}/move"
    return lambda token: service.post(path, {"book_id": str(other)}, token=token)


async def _renewing_all(service: Service) -> Act:
    await _lent(service)
    body = {"card_number": "ADA", "override": {"codes": ["too-overdue-to-renew"], "comment": "Ill."}}
    return lambda token: service.post("/v1/loans/renewals", body, token=token)


async def _changing_all_due_dates(service: Service) -> Act:
    await _lent(service)
    body = {"where": {"branch": "MAIN"}, "due_at": "2026-05-01T12:00:00Z"}
    return lambda token: service.post("/v1/loans/due-dates", body, token=token)


async def _keeping_for_longer(service: Service) -> Act:
    held = await hold(service, "ADA")
    await service.bring_back()
    return lambda token: patch(service, held, token=token, pickup_until="2026-04-01T12:00:00Z")


MACHINE_LENT = {"offline": {"at": "2026-03-02T09:00:00Z"}}
ON_PAPER = {"lent_at": "2026-03-02T09:00:00Z", "reason": "Power cut."}
OWN_ACTS: dict[str, list[Callable[[Service], Awaitable[Act]]]] = {
    "check_out_copy": [
        lambda service: _lending(service, "/v1/loans", override=OVERRIDE),
        lambda service: _lending(service, "/v1/loans", **MACHINE_LENT),
        lambda service: _lending(service, "/v1/loans", **ON_PAPER, override=OVERRIDE),
    ],
    "check_out_copies": [lambda service: _lending(service, "/v1/loans/bulk", override=OVERRIDE)],
    "explain_check_out": [lambda service: _lending(service, "/v1/loans/decision", override=OVERRIDE)],
    "renew_loan": [
        lambda service: _on_loan(
            service, "renew", {"override": {"codes": ["too-overdue-to-renew"], "comment": "Ill."}}
        ),
        lambda service: _on_loan(service, "renew", {"offline": {}}),
    ],
    "renew_loans": [_renewing_all],
    "change_due_dates": [_changing_all_due_dates],
    "change_due_date": [
        lambda service: _on_loan(service, "due-date", {"due_at": "2026-05-01T12:00:00Z", "reason": "A course."})
    ],
    "declare_lost": [lambda service: _on_loan(service, "declare-lost", {"price": EUR_1["amount"]})],
    "claim_returned": [lambda service: _on_loan(service, "claim-returned", {})],
    "mark_found": [
        lambda service: _on_loan(service, "found", {"found_by": "library"}, "declare-lost"),
        lambda service: _on_loan(service, "found", {"found_by": "borrower"}, "declare-lost"),
    ],
    "resolve_claim": [
        lambda service: _on_loan(service, "resolve", {"as": "missing"}, "claim-returned"),
        lambda service: _on_loan(service, "resolve", {"as": "found_on_shelf"}, "claim-returned"),
    ],
    "return_copy": [
        lambda service: _returning(service, "/v1/returns", ago=10),
        lambda service: _returning(service, "/v1/returns", ago=10, offline=True),
        lambda service: _returning(service, "/v1/returns", "declare-lost"),
        lambda service: _returning(service, "/v1/returns", "claim-returned"),
    ],
    "return_copies": [
        lambda service: _returning(service, "/v1/returns/bulk", ago=10),
        lambda service: _returning(service, "/v1/returns/bulk", "declare-lost"),
    ],
    "pay_borrower": [_paying],
    "lift_suspension": [_lifting],
    "send_to_collection": [_sending_to_collection],
    "pay_fine": [lambda service: _of_fine(service, "payments", **EUR_1)],
    "void_receipt": [lambda service: _giving_back(service, "void")],
    "refund_receipt": [lambda service: _giving_back(service, "refund", reason="A mistake.")],
    "pay_out": [_paying_out],
    "waive_fine": [lambda service: _of_fine(service, "waive", reason="A flood.")],
    "place_hold": [lambda service: _holding(service, "/v1/holds")],
    "explain_hold": [lambda service: _holding(service, "/v1/holds/decision")],
    "reorder_hold_queue": [_moving_up],
    "move_hold": [_moving_to_another_title],
    "revise_hold": [_keeping_for_longer],
}
"""By operation, how somebody of the staff would spare herself something."""

NOBODY_IS_SPARED = {
    "charge_member": "it costs whom it concerns",
    "make_till": "it gives nobody anything",
    "open_till": "what is counted is on record, and so is what is missing",
    "move_cash": "who took out what, and what for, is on record and shows in the count",
    "cash_up": "the difference is on record, with who counted",
    "cancel_hold": "a member may do so for themselves",
    "suspend_hold": "a member may do so for themselves",
    "suspend_holds": "a member may do so for themselves",
    "resume_hold": "a member may do so for themselves",
    "report_copy_not_found": "the hold keeps its place, and the copy is missed in the catalogue",
    "send_copy": "a copy that is captured for somebody is not sent; one that is not serves nobody yet",
    "put_policy": "it counts for everybody, and each version is kept",
    "simulate_policy": "it changes nothing",
    "put_calendar": "it counts for everybody",
    "close_branch": "it moves the due dates of everybody in the branch",
    "repair_consistency": "it tells books what is on record, and changes none of that",
    "start_circulation_import": "a file of the whole library; who brought which is on record",
    "undo_circulation_import": "it is refused",
    "put_circulation_import_profile": "it counts for the files of the whole library",
    "count_in_house_uses": "nobody's name is counted with a use",
    "put_report_entry": "a figure of the whole library; who entered it is on record",
    "freeze_report": "from then on nobody can change the figures of that year",
    "recount_statistics": "it brings figures in line with the records, and changes none of these",
    "remove_circulation_import_profile": "it counts for the files of the whole library",
}
"""Operations by which staff change something that need no colleague, and why."""


def _of_staff(document: dict[str, Any]) -> set[str]:
    """Return the operations by which staff may change something, as the access table has them."""
    changing = {
        operation["operationId"]
        for path in document["paths"].values()
        for method, operation in path.items()
        if method in {"post", "put", "patch", "delete"}
    }
    scopes = set(ROLES["admin"].split())
    return {name for name, access in ACCESS.items() if name in changing and not scopes.isdisjoint(access.scopes)}


def test_each_act_of_staff_either_needs_a_colleague_or_spares_nobody_anything(document: dict[str, Any]) -> None:
    assert _of_staff(document) == OWN_ACTS.keys() | NOBODY_IS_SPARED.keys()
    assert not OWN_ACTS.keys() & NOBODY_IS_SPARED.keys()


def _refused_for_four_eyes(answer: httpx.Response) -> bool:
    """Tell so of a problem, of a line of many, and of a decision beforehand."""
    body = answer.json()
    if "results" in body:
        problems = [line.get("problem") or line.get("refusal") for line in body["results"]]
        return [problem and problem["code"] for problem in problems] == ["four-eyes"]
    if "allowed" in body:
        return any(each["code"] == "four-eyes" for each in body["refusals"])
    return (answer.status_code, body.get("code")) == (403, "four-eyes")


@pytest.mark.parametrize(("name", "way"), [(name, way) for name, ways in OWN_ACTS.items() for way in range(len(ways))])
async def test_nobody_of_the_staff_spares_themselves_anything(service: Service, name: str, way: int) -> None:
    act = await OWN_ACTS[name][way](service)

    own, colleagues = await act(HERSELF), await act(COLLEAGUE)

    assert _refused_for_four_eyes(own), own.text
    assert colleagues.is_success, colleagues.text
    assert not _refused_for_four_eyes(colleagues)


async def test_a_librarian_takes_back_what_she_borrowed_herself_and_moves_down_in_a_queue(service: Service) -> None:
    await _lent(service)
    service.members.by_card["KIM"] = a_standing(member_id=new_id())

    back = await service.post("/v1/returns", {"copy_barcode": "30000000000019"}, token=HERSELF)
    own, behind = [(await hold(service, card))["hold_id"] for card in ("ADA", "KIM")]
    path = f"/v1/hold-queues/{EMMA}"
    moved = await service.put(path, {"hold_ids": [behind, own]}, if_match="*", token=HERSELF)

    assert (200, "overdue", 200) == (back.status_code, back.json()["fine"]["reason"], moved.status_code)


async def test_a_librarian_borrows_for_herself_by_the_rules_but_sets_none_aside(service: Service) -> None:
    by_the_rules = await service.check_out(token=HERSELF)
    await service.bring_back()
    await change_terms(service, most_loans=0)

    overridden = await service.check_out(token=HERSELF, override=OVERRIDE)
    due = await service.check_out(token=HERSELF, due_at="2026-03-05T12:00:00Z", override=OVERRIDE)
    by_a_colleague = await service.check_out(override=OVERRIDE)

    assert [201, 403, 403, 201] == [answer.status_code for answer in (by_the_rules, overridden, due, by_a_colleague)]
    assert ["four-eyes"] == codes_of(overridden)


async def test_a_librarian_renews_for_herself_but_overrides_nothing(service: Service) -> None:
    await change_rules(service, renewals=0)
    loan_id = (await service.check_out()).json()["loan_id"]
    override = {"override": {"codes": ["renewal-limit-reached"], "comment": "Mine."}}

    refused = await service.post(f"/v1/loans/{loan_id}/renew", override, token=HERSELF)
    by_a_colleague = await service.post(f"/v1/loans/{loan_id}/renew", override)

    assert (403, ["four-eyes"], 200) == (refused.status_code, codes_of(refused), by_a_colleague.status_code)


async def test_what_was_overridden_is_in_the_loan_its_history_and_its_events(service: Service) -> None:
    await change_terms(service, most_loans=1)
    await borrow(service, 1)

    lent = (await service.check_out(override=OVERRIDE)).json()

    shown = (await service.get(f"/v1/loans/{lent['loan_id']}")).json()
    (entry,) = (await service.get(f"/v1/loans/{lent['loan_id']}/history")).json()["entries"]
    events = [data async for type_, data in service.events() if type_ == "loans.loan.checked_out"]
    counted = ["loan-limit-reached"]
    assert [counted] * 4 == [each["overridden"] for each in (lent, shown, entry, events[-1])]
    assert [] == events[0]["overridden"]


async def test_what_a_renewal_overrode_is_in_its_entry_and_added_to_the_loan(service: Service) -> None:
    await change_rules(service, renewals=0)
    loan_id = (await service.check_out()).json()["loan_id"]
    body: dict[str, Any] = {"override": {"codes": ["renewal-limit-reached"], "comment": "Ill."}}

    renewed = (await service.post(f"/v1/loans/{loan_id}/renew", body)).json()

    entries = (await service.get(f"/v1/loans/{loan_id}/history")).json()["entries"]
    assert ["renewal-limit-reached"] == renewed["overridden"]
    assert [[], ["renewal-limit-reached"]] == [entry["overridden"] for entry in entries]
    assert "Ill." == entries[-1]["why"]


async def test_an_act_on_a_version_that_is_not_the_present_one_changes_nothing(service: Service) -> None:
    lent = await service.check_out()
    path = f"/v1/loans/{lent.json()['loan_id']}"
    body = {"due_at": "2026-04-01T12:00:00Z", "reason": "A course."}

    stale = await service.post(f"{path}/due-date", body, if_match='"99"')
    fresh = await service.post(f"{path}/due-date", body, if_match=lent.headers["etag"])
    renewed = await service.post(f"{path}/renew", {}, if_match=lent.headers["etag"])

    assert [412, 200, 412] == [answer.status_code for answer in (stale, fresh, renewed)]


@pytest.mark.parametrize("act", ["place_hold", "renew_loan"])
async def test_an_app_that_may_act_for_a_librarian_as_a_member_is_no_staff(service: Service, act: str) -> None:
    token = a_token(role="librarian", only="self", member_id=ADA, client_id="an-app")
    if act == "place_hold":
        await change_terms(service, most_holds=0)
        override = {"codes": ["hold-limit-reached"], "comment": "Please."}
        answer = await service.post("/v1/holds", {"book_id": str(EMMA), "override": override}, token=token)
    else:
        override = {"codes": ["too-overdue-to-renew"], "comment": "Ill."}
        answer = await (await _on_loan(service, "renew", {"override": override}))(token)

    assert (403, "override-forbidden") == (answer.status_code, answer.json()["code"])
