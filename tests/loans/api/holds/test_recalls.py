"""Copies are asked back for those who recall them: what the borrower and the member who waits see of it."""

from datetime import timedelta
from typing import Any

import pytest

from tests.answers import codes_of
from tests.loans.api.conftest import Service
from tests.loans.api.holds.pulling import patch
from tests.loans.api.situations import change_rules, hold, shelve, sweep

TERMS = {"minimum_days": 7, "due_in_days": 3}


async def due_dates(library: Service, loan: dict[str, Any]) -> list[tuple[str, str]]:
    """Return the loan's due date, and each that was told since it was lent, with why."""
    entries = (await library.get(f"/v1/loans/{loan['loan_id']}/history")).json()["entries"]
    return [(entry["due_at"], entry["why"]) for entry in entries if entry["what"] == "due_date_changed"]


async def due(library: Service, loan: dict[str, Any]) -> str:
    found: str = (await library.get(f"/v1/loans/{loan['loan_id']}")).json()["due_at"]
    return found


async def test_a_recall_that_no_copy_can_serve_shortens_a_loan_and_the_borrower_is_told(library: Service) -> None:
    await change_rules(library, recall=TERMS)
    loan = (await library.check_out()).json()
    library.clock.pass_by(timedelta(days=1))

    held = await hold(library, "JESSICA", kind="recall")
    await library.choose_targets()

    assert ("recall", None) == (held["kind"], held["target"])
    assert "2026-03-09T23:59:59Z" == await due(library, loan)
    assert [("2026-03-09T23:59:59Z", "Recalled for somebody who waits.")] == await due_dates(library, loan)
    told = [data async for type_, data in library.events() if type_ == "loans.loan.due_date_changed"]
    assert [(loan["loan_id"], "2026-03-09T23:59:59Z")] == [(data["loan_id"], data["due_at"]) for data in told]


async def test_a_recall_takes_a_copy_from_the_shelf_where_there_is_one(library: Service) -> None:
    await change_rules(library, recall=TERMS)
    loan = (await library.check_out()).json()
    shelve(library, "C2")

    held = await hold(library, "JESSICA", kind="recall")
    await library.choose_targets()

    assert "C2" == held["target"]["barcode"]
    assert loan["due_at"] == await due(library, loan)


async def test_a_plain_hold_and_a_rule_without_recalls_shorten_nothing(library: Service) -> None:
    loan = (await library.check_out()).json()
    await hold(library, "JESSICA", kind="recall")
    await library.choose_targets()
    await change_rules(library, recall=TERMS)
    plain = await hold(library, "STEVE")

    assert ("hold", loan["due_at"], []) == (plain["kind"], await due(library, loan), await due_dates(library, loan))


async def test_two_recalls_ask_two_copies_back_and_a_third_changes_nothing(library: Service) -> None:
    await change_rules(library, recall=TERMS)
    first = (await library.check_out()).json()
    second = (await library.check_out(copy_barcode=shelve(library, "C2"))).json()

    moved = []
    for card in ("JESSICA", "REBECCA", "STEVE"):
        await hold(library, card, kind="recall")
        await library.choose_targets()
        moved.append([len(await due_dates(library, loan)) for loan in (first, second)])

    assert [[1, 0], [1, 1], [1, 1]] == [sorted(moved[0], reverse=True), *moved[1:]]


async def test_a_recalled_loan_is_not_renewed_until_the_recall_is_cancelled_and_then_may_be_recalled_again(
    library: Service,
) -> None:
    """AS-34: cancel, renew, recall again."""
    await change_rules(library, recall=TERMS, renew_while_held="always")
    loan = (await library.check_out()).json()
    held = await hold(library, "JESSICA", kind="recall")
    await library.choose_targets()

    refused = await library.post(f"/v1/loans/{loan['loan_id']}/renew", {})
    await library.post(f"/v1/holds/{held['hold_id']}/cancel", {})
    renewed = await library.post(f"/v1/loans/{loan['loan_id']}/renew", {})
    await hold(library, "STEVE", kind="recall")
    await library.choose_targets()

    assert (["loan-recalled"], 200) == (codes_of(refused), renewed.status_code)
    assert ["2026-03-09T23:59:59Z"] * 2 == [due_at for due_at, _ in await due_dates(library, loan)]


async def test_a_loan_that_was_renewed_while_its_recall_was_suspended_is_recalled_anew(library: Service) -> None:
    await change_rules(library, recall=TERMS)
    loan = (await library.check_out()).json()
    held = await hold(library, "JESSICA", kind="recall")
    await library.choose_targets()

    await library.post(f"/v1/holds/{held['hold_id']}/suspend", {})
    renewed = await library.post(f"/v1/loans/{loan['loan_id']}/renew", {})
    await library.choose_targets()
    meanwhile = await due(library, loan)
    await library.post(f"/v1/holds/{held['hold_id']}/resume", {})
    await library.choose_targets()
    refused = await library.post(f"/v1/loans/{loan['loan_id']}/renew", {})

    assert (200, renewed.json()["due_at"]) == (renewed.status_code, meanwhile)
    assert ["2026-03-09T23:59:59Z"] * 2 == [due_at for due_at, _ in await due_dates(library, loan)]
    assert ["held-by-other", "loan-recalled"] == sorted(codes_of(refused))


async def test_a_loan_is_recalled_for_somebody_else_while_its_recall_is_suspended(library: Service) -> None:
    await change_rules(library, recall=TERMS, renew_while_held="always")
    loan = (await library.check_out()).json()
    held = await hold(library, "JESSICA", kind="recall")
    await library.choose_targets()
    await hold(library, "STEVE", kind="recall")

    await library.post(f"/v1/holds/{held['hold_id']}/suspend", {})
    await library.choose_targets()
    refused = await library.post(f"/v1/loans/{loan['loan_id']}/renew", {})

    assert ["loan-recalled"] == codes_of(refused)
    assert 1 == len(await due_dates(library, loan))


async def test_a_loan_is_recalled_for_somebody_else_while_its_recall_is_put_off(library: Service) -> None:
    await change_rules(library, recall=TERMS, renew_while_held="always")
    loan = (await library.check_out()).json()
    held = await hold(library, "JESSICA", kind="recall")
    await library.choose_targets()
    await hold(library, "STEVE", kind="recall")

    put_off = await patch(library, held, not_before="2026-06-01")
    await library.choose_targets()
    refused = await library.post(f"/v1/loans/{loan['loan_id']}/renew", {})

    assert (200, ["loan-recalled"]) == (put_off.status_code, codes_of(refused))


async def test_a_recalled_loan_does_not_renew_itself(library: Service) -> None:
    await change_rules(library, recall=TERMS, auto_renew=True, renew_while_held="always")
    loan = (await library.check_out()).json()
    await hold(library, "JESSICA", kind="recall")
    await library.choose_targets()

    library.clock.pass_by(timedelta(days=6))
    await sweep(library)

    assert "2026-03-09T23:59:59Z" == await due(library, loan)


async def test_where_the_recalled_copy_is_lost_another_one_is_asked_back(library: Service) -> None:
    await change_rules(library, recall=TERMS)
    first = (await library.check_out()).json()
    await hold(library, "JESSICA", kind="recall")
    await library.choose_targets()
    second = (await library.check_out(copy_barcode=shelve(library, "C2"), card_number="STEVE")).json()

    await library.post(f"/v1/loans/{first['loan_id']}/declare-lost", {})
    await library.hear_of()

    assert 1 == len(await due_dates(library, second))


async def test_the_recalled_copy_is_captured_for_whoever_recalled_it(library: Service) -> None:
    await change_rules(library, recall=TERMS)
    await library.check_out()
    held = await hold(library, "JESSICA", kind="recall")
    await library.choose_targets()

    scan = (await library.bring_back()).json()

    assert ("hold_shelf", held["hold_id"], "recall") == (scan["next"], scan["hold"]["hold_id"], scan["hold"]["kind"])


@pytest.mark.parametrize(
    "terms",
    [{"minimum_days": -1, "due_in_days": 3}, {"minimum_days": 1, "due_in_days": 0}, {"minimum_days": 1}, 7],
)
async def test_terms_of_recalls_that_do_not_do_are_refused(library: Service, terms: Any) -> None:
    table = (await library.get("/v1/policies")).json()
    rules = [rule | {"recall": terms} for rule in table["rules"]]
    sent = {name: value for name, value in table.items() if name not in {"version", "made_at"}} | {"rules": rules}

    assert 422 == (await library.put("/v1/policies", sent, if_match="*")).status_code
