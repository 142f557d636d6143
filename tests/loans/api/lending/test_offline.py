"""What a machine did while it was offline, sent when the library answers again."""

from datetime import timedelta
from typing import Any

import pytest

from tests.answers import codes_of, problem_of
from tests.loans.api.conftest import JESSICA, LIBRARIAN, REBECCA, Service, a_token
from tests.loans.api.situations import KIOSK, MACHINE, arrange, shelve, state_of
from tests.loans.makers import EMMA

EARLIER = "2026-03-02T08:00:00Z"
LATE = {"offline": {"at": EARLIER}}


async def lend(service: Service, **body: Any) -> Any:
    return await service.check_out(token=MACHINE, **(LATE | body))


async def listed(service: Service, *, offline: str = "true") -> list[str]:
    answer = await service.get(f"/v1/loans?offline={offline}")
    assert 200 == answer.status_code
    return [loan["loan_id"] for loan in answer.json()["items"]]


@pytest.mark.parametrize("token", [KIOSK, LIBRARIAN, a_token(scope="loans:write", client_id="till")])
async def test_offline_is_for_machines_that_were_registered_for_it(service: Service, token: str) -> None:
    loan = (await service.check_out()).json()["loan_id"]

    for path in ("/v1/loans", "/v1/returns", f"/v1/loans/{loan}/renew"):
        body: dict[str, Any] = {} if "renew" in path else {"copy_barcode": "30000000000019"}
        if path == "/v1/loans":
            body["card_number"] = "ADA"
        refused = await service.post(path, body | LATE, token=token)
        (error,) = problem_of(refused)["errors"]
        assert (403, "staff-only", "/offline") == (refused.status_code, error["code"], error["pointer"]), path
        assert "loans:offline" in problem_of(refused)["detail"]


async def test_a_copy_lent_offline_is_lent_as_of_then_until_when_it_said(service: Service) -> None:
    answer = await lend(service, offline={"at": EARLIER, "due_at": "2026-03-02T09:00:00Z"})

    loan = answer.json()
    assert 201 == answer.status_code, answer.text
    assert (EARLIER, "2026-03-02T09:00:00Z") == (loan["checked_out_at"], loan["due_at"])
    assert (True, True, []) == (loan["offline"], loan["overdue"], loan["overridden"])
    history = (await service.get(f"/v1/loans/{loan['loan_id']}/history")).json()["entries"]
    assert history[0]["why"].startswith("Offline: ")
    assert history[0]["by"] in history[0]["why"]


async def test_only_what_machines_did_offline_is_listed(service: Service) -> None:
    shelve(service, "C2")
    late = (await lend(service)).json()["loan_id"]
    usual = (await service.check_out(copy_barcode="C2")).json()["loan_id"]

    assert ([late], [usual]) == (await listed(service), await listed(service, offline="false"))


@pytest.mark.parametrize(
    "code",
    [
        "loan-limit-reached",
        "too-many-overdue",
        "suspended-for-lateness",
        "fines-owed",
        "member-blocked",
        "member-suspended",
        "membership-expired",
        "copy-not-lendable",
        "not-loanable-by-policy",
        "no-open-day",
        "copy-held-for-other",
    ],
)
async def test_what_staff_could_override_a_machine_has_overridden(service: Service, code: str) -> None:
    await arrange(service, code)

    answer = await service.check_out(token=MACHINE, offline={})

    assert (201, [code]) == (answer.status_code, answer.json().get("overridden")), answer.text


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("copy-not-found", 404),
        ("member-not-found", 404),
        ("card-replaced", 404),
        ("card-stopped", 404),
        ("unknown-branch", 422),
    ],
)
async def test_what_nobody_could_override_is_refused(service: Service, code: str, status: int) -> None:
    sent = await arrange(service, code)

    answer = await lend(service, **sent)

    assert (status, code) == (answer.status_code, problem_of(answer)["code"])


async def test_the_loan_of_somebody_else_ends_as_returned_then(library: Service) -> None:
    theirs = (await library.check_out(card_number="JESSICA")).json()["loan_id"]
    library.clock.pass_by(timedelta(days=2))

    mine = await lend(library, card_number="REBECCA", offline={"at": "2026-03-03T12:00:00Z"})

    assert (201, str(REBECCA), []) == (mine.status_code, mine.json()["member_id"], mine.json()["overridden"])
    assert theirs == mine.json()["ended_loan_id"]
    ended = (await library.get(f"/v1/loans/{theirs}")).json()
    assert ("returned", "2026-03-03T12:00:00Z", str(JESSICA)) == (
        ended["status"],
        ended["returned_at"],
        ended["member_id"],
    )
    assert [mine.json()["loan_id"], theirs] == await listed(library)
    assert ["loans.loan.checked_out"] == [name async for name, _ in library.events() if "loan." in name][-1:]


async def test_who_is_late_when_somebody_else_borrows_it_pays_until_then(library: Service) -> None:
    theirs = (await library.check_out(card_number="JESSICA")).json()["loan_id"]
    library.clock.pass_by(timedelta(days=40))

    assert 201 == (await lend(library, card_number="REBECCA", offline={"at": "2026-03-30T12:00:00Z"})).status_code

    (fine,) = (await library.get(f"/v1/fines?member_id={JESSICA}")).json()["items"]
    assert ("overdue", theirs) == (fine["reason"], fine["loan_id"])


async def test_a_loan_that_began_later_than_what_the_machine_did_goes_on(library: Service) -> None:
    await library.check_out(card_number="JESSICA")

    refused = await lend(library, card_number="REBECCA")

    assert (409, ["copy-on-loan"]) == (refused.status_code, codes_of(refused))


async def test_what_a_borrower_has_already_is_not_lent_again(library: Service) -> None:
    await library.check_out()
    library.clock.pass_by(timedelta(days=1))

    refused = await lend(library, offline={})

    assert (409, ["copy-on-loan"]) == (refused.status_code, codes_of(refused))


async def test_a_captured_copy_is_let_go_and_its_hold_goes_on_waiting(library: Service) -> None:
    hold = (await library.post("/v1/holds", {"book_id": str(EMMA), "card_number": "JESSICA"})).json()["hold_id"]
    await library.bring_back()
    assert "ready" == await state_of(library, hold)
    library.clock.pass_by(timedelta(hours=1))

    answer = await lend(library, card_number="REBECCA", offline={"at": "2026-03-02T10:30:00Z"})

    assert (201, ["copy-held-for-other"]) == (answer.status_code, answer.json()["overridden"])
    assert "waiting" == await state_of(library, hold)


async def state_of_copy(service: Service) -> tuple[str, str, object]:
    """Return what was told last of the copy."""
    told = [data async for type_, data in service.events() if type_ == "loans.copy.availability_changed"]
    return told[-1]["availability"], told[-1]["stands"]["why"], told[-1].get("scanned_at")


async def test_a_loan_whose_copy_was_scanned_back_since_ended_with_that_scan(library: Service) -> None:
    await library.bring_back()
    library.clock.pass_by(timedelta(hours=1))

    loan = (await lend(library)).json()

    assert ("returned", EARLIER, "2026-03-02T10:00:00Z", True) == (
        loan["status"], loan["checked_out_at"], loan["returned_at"], loan["offline"],
    )  # fmt: skip
    assert ("available", "home", None) == await state_of_copy(library)
    assert 201 == (await library.check_out(card_number="JESSICA")).status_code, "it stands on its shelf"
    assert [loan["loan_id"]] == await listed(library)


async def test_a_loan_that_ended_with_a_scan_costs_what_it_was_late_by_then(service: Service) -> None:
    service.clock.pass_by(timedelta(days=40))
    await service.bring_back()

    loan = (await lend(service, offline={"at": EARLIER, "due_at": "2026-03-09T09:00:00Z"})).json()

    (fine,) = (await service.get("/v1/fines")).json()["items"]
    assert ("overdue", loan["loan_id"]) == (fine["reason"], fine["loan_id"])


async def test_a_loan_ended_at_the_latest_when_the_copy_was_lent_again_and_costs_nothing_from_then_on(
    library: Service,
) -> None:
    library.clock.pass_by(timedelta(hours=1))
    theirs = (await library.check_out(card_number="JESSICA")).json()
    library.clock.pass_by(timedelta(days=15))
    await library.bring_back()

    loan = (
        await lend(library, card_number="REBECCA", offline={"at": EARLIER, "due_at": "2026-03-09T09:00:00Z"})
    ).json()

    assert ("returned", theirs["checked_out_at"]) == (loan["status"], loan["returned_at"])
    assert [] == (await library.get("/v1/fines")).json()["items"]


async def test_who_waits_for_the_copy_that_is_back_keeps_it(library: Service) -> None:
    hold = (await library.post("/v1/holds", {"book_id": str(EMMA), "card_number": "JESSICA"})).json()["hold_id"]
    await library.bring_back()

    loan = (await lend(library, card_number="REBECCA")).json()

    assert ("returned", [], "ready") == (loan["status"], loan["overridden"], await state_of(library, hold))
    assert ("on_hold_shelf", "hold_shelf", None) == await state_of_copy(library)


async def test_who_had_the_copy_meanwhile_waits_for_it_no_more(library: Service) -> None:
    hold = (await library.post("/v1/holds", {"book_id": str(EMMA), "card_number": "JESSICA"})).json()["hold_id"]
    await library.bring_back()
    assert "ready" == await state_of(library, hold)

    loan = (await lend(library, card_number="JESSICA")).json()

    assert ("returned", "fulfilled") == (loan["status"], await state_of(library, hold))
    assert ("available", "hold_shelf", None) == await state_of_copy(library)


async def test_a_loan_that_began_since_goes_on_where_a_scan_stands_between(library: Service) -> None:
    await library.bring_back()
    library.clock.pass_by(timedelta(hours=1))
    theirs = (await library.check_out(card_number="JESSICA")).json()["loan_id"]

    loan = (await lend(library, card_number="REBECCA")).json()

    assert ("returned", "2026-03-02T10:00:00Z") == (loan["status"], loan["returned_at"])
    assert "open" == (await library.get(f"/v1/loans/{theirs}")).json()["status"]
    assert ("on_loan", "on_loan", None) == await state_of_copy(library)


async def test_a_return_to_a_machine_that_was_offline_counts_as_of_then(service: Service) -> None:
    loan = (await service.check_out()).json()["loan_id"]
    service.clock.pass_by(timedelta(days=30))
    body = {"copy_barcode": "30000000000019", "offline": {"at": "2026-03-20T12:00:00Z"}}

    returned = (await service.post("/v1/returns", body, token=MACHINE)).json()

    assert ("2026-03-20T12:00:00Z", True, None) == (
        returned["loan"]["returned_at"],
        returned["loan"]["offline"],
        returned["fine"],
    )
    assert [loan] == await listed(service)


async def test_a_renewal_by_a_machine_that_was_offline_overrides_what_staff_could(service: Service) -> None:
    loan = (await lend(service)).json()["loan_id"]
    path, until = f"/v1/loans/{loan}/renew", "2026-04-{}T12:00:00Z"
    for day in (20, 21, 22):
        late = {"at": EARLIER, "due_at": until.format(day)}
        renewed = await service.post(path, {"offline": late}, token=MACHINE)
        assert (200, until.format(day)) == (renewed.status_code, renewed.json().get("due_at")), renewed.text

    assert (["renewal-limit-reached"], True) == (renewed.json()["overridden"], renewed.json()["offline"])
    assert [loan] == await listed(service)


@pytest.mark.parametrize("wrong", ["2025-01-01T00:00:00Z", "0001-01-01T00:00:00Z"])
async def test_a_clock_that_is_years_behind_is_told_to_be_wrong(service: Service, wrong: str) -> None:
    loan = (await service.check_out()).json()["loan_id"]
    late = {"offline": {"at": wrong}}
    copy = {"copy_barcode": "30000000000019"}
    acts = {"/v1/loans": copy | {"card_number": "ADA"}, "/v1/returns": copy, f"/v1/loans/{loan}/renew": {}}

    for path, body in acts.items():
        refused = await service.post(path, body | late, token=MACHINE)
        assert 422 == refused.status_code, path
        assert problem_of(refused)["code"] in {"invalid-offline", "invalid-request"}, path


async def test_a_machine_that_was_offline_says_nothing_else_that_is_for_staff(service: Service) -> None:
    refused = await lend(service, due_at="2026-03-05T12:00:00Z")

    assert (403, "/due_at") == (refused.status_code, problem_of(refused)["errors"][0]["pointer"])


async def test_what_a_machine_repeats_is_done_once(service: Service) -> None:
    first = await lend(service, key="k1")
    again = await lend(service, key="k1")

    assert (201, first.content) == (again.status_code, again.content)
    assert [first.json()["loan_id"]] == await listed(service)
