"""Which branches send copies to which, and from where copies are sent first, is for the policy to say."""

from typing import Any

import pytest

from shared.kernel.ids import new_id
from tests.answers import codes_of, problem_of
from tests.loans.api.conftest import Service
from tests.loans.api.holds.pulling import patch, pull_list, shelve, target_of
from tests.loans.api.situations import change_hold_terms, change_rules, hold, state_of, the_table
from tests.loans.makers import EMMA, a_copy

MAIN_TO_EAST = {"never": [{"from": "main", "to": "EAST"}]}


@pytest.fixture
def town(library: Service) -> Service:
    """A library of three branches with a copy of Emma in two of them."""
    library.catalogue.branches = ["MAIN", "EAST", "WEST"]
    shelve(library, "W1", branch="WEST")
    return library


async def test_a_copy_is_pulled_only_where_it_is_sent_from(town: Service) -> None:
    shelve(town, "M2")  # most free copies stand in MAIN
    await change_hold_terms(town, transport=MAIN_TO_EAST)

    jessicas = await hold(town, "JESSICA", pickup_branch="EAST")
    steves = await hold(town, "STEVE", pickup_branch="EAST")
    await town.choose_targets()

    assert ("W1", None) == (await target_of(town, jessicas), await target_of(town, steves))
    assert [] == await pull_list(town)


async def test_a_copy_is_sent_from_the_source_that_is_named_first(town: Service) -> None:
    shelve(town, "M2")
    await change_hold_terms(town, transport={"sources": [{"to": "EAST", "from": ["WEST", "MAIN"]}]})

    assert "W1" == await target_of(town, await hold(town, "JESSICA", pickup_branch="EAST"))


async def test_a_scan_captures_a_copy_for_the_first_to_whom_it_is_sent(town: Service) -> None:
    await change_hold_terms(town, transport={"never": [{"from": "MAIN", "to": "EAST"}, {"from": "WEST"}]})
    town.catalogue.copies = [a_copy()]
    await town.check_out(card_number="REBECCA")
    town.catalogue.copies.append(a_copy(copy_id=new_id(), barcode="E1", branch="EAST"))
    eastern = await hold(town, "JESSICA", pickup_branch="EAST")
    mains = await hold(town, "STEVE")

    scan = (await town.bring_back(branch="MAIN")).json()

    assert mains["hold_id"] == scan["hold"]["hold_id"]
    assert "waiting" == await state_of(town, eastern["hold_id"])


async def test_the_loan_is_recalled_whose_copy_is_sent_to_where_it_is_fetched(town: Service) -> None:
    await change_rules(town, recall={"minimum_days": 1, "due_in_days": 2})
    await change_hold_terms(town, transport=MAIN_TO_EAST)
    mains = (await town.check_out(card_number="REBECCA")).json()
    wests = (await town.check_out(copy_barcode="W1", card_number="STEVE")).json()

    await hold(town, "JESSICA", kind="recall", pickup_branch="EAST")
    await town.choose_targets()

    due = [(await town.get(f"/v1/loans/{each['loan_id']}")).json()["due_at"] for each in (mains, wests)]
    assert (True, True) == (due[0] == mains["due_at"], due[1] < wests["due_at"])


async def test_a_new_copy_is_for_its_own_branch_while_it_bears_the_item_type_of_new_ones(town: Service) -> None:
    town.catalogue.copies = [copy for copy in town.catalogue.copies if copy.barcode == "W1"]
    await town.check_out(copy_barcode="W1", card_number="REBECCA")
    shelve(town, "N1", item_type="dvd")
    await change_hold_terms(town, transport={"never": [{"from": "MAIN", "item_type": "dvd"}]})

    eastern = await hold(town, "JESSICA", pickup_branch="EAST")
    mains = await hold(town, "STEVE")
    await town.choose_targets()
    while_new = [await target_of(town, each) for each in (eastern, mains)]
    await town.post(f"/v1/holds/{mains['hold_id']}/cancel", {})
    await town.choose_targets()
    still_new = await target_of(town, eastern)
    await town.hear_of("N1", item_type="book")

    assert ([None, "N1"], None, "N1") == (while_new, still_new, await target_of(town, eastern))


async def test_where_no_copy_is_sent_none_can_be_fetched(town: Service) -> None:
    await change_hold_terms(town, transport={"never": [{"to": "EAST"}]})
    body = {"book_id": str(EMMA), "card_number": "JESSICA"}

    refused = await town.post("/v1/holds", body | {"pickup_branch": "EAST"})
    overridden = await town.post(
        "/v1/holds",
        body | {"pickup_branch": "EAST", "override": {"codes": ["not-sent-there"], "comment": "Please."}},
    )
    explained = (await town.post("/v1/holds/decision", body | {"pickup_branch": "EAST"})).json()
    found = await town.get(f"/v1/holds/pickup-branches?book_id={EMMA}&card_number=JESSICA")

    assert (422, "EAST") == (refused.status_code, problem_of(refused)["errors"][0]["branch"])
    assert ["override-forbidden"] == codes_of(overridden)
    assert (False, ["not-sent-there"]) == (explained["allowed"], [one["code"] for one in explained["refusals"]])
    assert ["MAIN", "WEST"] == [branch["code"] for branch in found.json()["items"]]


async def test_a_ready_copy_goes_on_only_where_it_is_sent_from_there(town: Service) -> None:
    jessicas = await hold(town, "JESSICA")
    await town.bring_back()
    await change_hold_terms(town, transport=MAIN_TO_EAST)

    refused, moved = [await patch(town, jessicas, pickup_branch=branch) for branch in ("EAST", "WEST")]

    assert (["not-sent-there"], 200) == (codes_of(refused), moved.status_code)


async def test_ways_that_cannot_be_are_refused_with_their_places(town: Service) -> None:
    table = await the_table(town)

    async def refused(**transport: Any) -> list[tuple[str, str]]:
        answer = await town.put("/v1/policies", table | {"holds": {"transport": transport}}, if_match="*")
        return [(error["code"], error["pointer"]) for error in problem_of(answer)["errors"]]

    nowhere = await refused(never=[{"to": "ATLANTIS"}], sources=[{"to": "EAST", "from": ["MAIN", "WETS"]}])
    anywhere = await refused(never=[{"item_type": "dvd"}])

    assert [
        ("unknown-word", "/holds/transport/never/0/to"),
        ("unknown-word", "/holds/transport/sources/0/from"),
    ] == nowhere
    assert [("invalid-policy", "/holds/transport/never/0")] == anywhere


async def test_a_loan_is_renewed_while_somebody_waits_to_whom_its_copy_is_not_sent(town: Service) -> None:
    town.catalogue.copies = [a_copy()]
    await change_rules(town, renew_while_held="never")
    loan = (await town.check_out(card_number="REBECCA")).json()
    await hold(town, "JESSICA", pickup_branch="EAST")
    foreseen = f"/v1/loans?member_id={loan['member_id']}&include=renewal"

    async def codes() -> tuple[list[str], list[str]]:
        (listed,) = (await town.get(foreseen)).json()["items"]
        answer = await town.post(f"/v1/loans/{loan['loan_id']}/renew", {})
        return [each["code"] for each in listed["renewal"]["refusals"]], codes_of(answer) if answer.is_error else []

    before = await codes()
    await change_hold_terms(town, transport=MAIN_TO_EAST)

    assert ((["held-by-other"], ["held-by-other"]), ([], [])) == (before, await codes())
