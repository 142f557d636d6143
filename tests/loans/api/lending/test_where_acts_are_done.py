"""The history of a loan says in which branch each act was done, as far as the act said."""

from datetime import timedelta
from typing import Any

import pytest

from tests.answers import problem_of
from tests.loans.api.conftest import ADAS, Service
from tests.loans.api.lending.acts import LATER, act, lent
from tests.loans.api.situations import MACHINE

AT_EAST = {"branch": "east"}


async def places_of(service: Service, loan_id: str, token: str | None = None) -> list[tuple[str, str | None]]:
    entries = (await service.get(f"/v1/loans/{loan_id}/history", token)).json()["entries"]
    return [(entry["what"], entry["branch"]) for entry in entries]


async def test_each_act_says_where_it_was_done_and_the_borrower_reads_it(service: Service) -> None:
    loan_id = await lent(service)

    assert 200 == (await act(service, loan_id, "renew", AT_EAST)).status_code
    assert 200 == (await act(service, loan_id, "due-date", LATER | AT_EAST)).status_code
    assert 200 == (await act(service, loan_id, "claim-returned", AT_EAST)).status_code
    assert 200 == (await act(service, loan_id, "found", AT_EAST | {"found_by": "borrower"})).status_code
    assert 200 == (await act(service, loan_id, "declare-lost", AT_EAST)).status_code
    assert 200 == (await service.bring_back(**AT_EAST)).status_code

    done = ["renewed", "due_date_changed", "claimed_returned", "found", "declared_lost", "found", "returned"]
    written = [("checked_out", "MAIN"), *((what, "EAST") for what in done)]
    assert written == await places_of(service, loan_id) == await places_of(service, loan_id, ADAS)


async def test_what_is_renewed_in_one_go_is_renewed_there(service: Service) -> None:
    loan_id = await lent(service)

    answer = await service.post("/v1/loans/renewals", {"card_number": "ADA"} | AT_EAST)

    assert [200] == [line["status"] for line in answer.json()["results"]], answer.text
    assert ("renewed", "EAST") == (await places_of(service, loan_id))[-1]


async def test_an_act_that_does_not_say_where_is_done_nowhere_but_a_scan_in_the_own_branch(service: Service) -> None:
    loan_id = await lent(service)
    await act(service, loan_id, "renew")
    await service.bring_back()

    assert [("checked_out", "MAIN"), ("renewed", None), ("returned", "MAIN")] == await places_of(service, loan_id)


async def test_a_loan_that_a_machine_ends_by_lending_ends_where_the_machine_stands(library: Service) -> None:
    theirs = (await library.check_out(card_number="JESSICA")).json()["loan_id"]
    library.clock.pass_by(timedelta(days=2))
    body: dict[str, Any] = {"card_number": "REBECCA", "offline": {"at": "2026-03-03T12:00:00Z"}}

    mine = await library.check_out(token=MACHINE, **AT_EAST, **body)

    assert 201 == mine.status_code, mine.text
    assert ("returned", "EAST") == (await places_of(library, theirs))[-1]
    assert [("checked_out", "EAST")] == await places_of(library, mine.json()["loan_id"])


@pytest.mark.parametrize("verb", ["renew", "claim-returned", "declare-lost", "found"])
async def test_a_branch_that_the_library_does_not_have_is_refused(service: Service, verb: str) -> None:
    loan_id = await lent(service)

    refused = await act(service, loan_id, verb, {"branch": "ATLANTIS"})

    assert (422, "unknown-branch") == (refused.status_code, problem_of(refused)["code"])
    assert [("checked_out", "MAIN")] == await places_of(service, loan_id)


async def test_while_books_does_not_answer_the_act_is_done_all_the_same(service: Service) -> None:
    loan_id = await lent(service)
    service.catalogue.down = True

    assert 200 == (await act(service, loan_id, "renew", AT_EAST)).status_code
    assert ("renewed", None) == (await places_of(service, loan_id))[-1]
