"""Before a hold is placed: whether it would be, and where it could be fetched."""

from typing import Any

import httpx
import pytest

from loans_service.application.holds.placing.place_hold import PlaceHold
from shared.kernel.errors import refusals_of
from tests.answers import codes_of
from tests.loans.api.conftest import ADAS, Service
from tests.loans.api.holds.placing import EMMA_FOR_ADA, arrange, place
from tests.loans.api.holds.pulling import patch
from tests.loans.api.situations import the_table
from tests.loans.makers import EMMA, a_standing

_BEFORE_ANY_DECISION = {"member-not-named", "override-forbidden", "four-eyes", "neighbour-unavailable"}
"""What is wrong with the question itself, or with the way there."""


async def decide(service: Service, body: dict[str, Any] | None = None, **how: Any) -> Any:
    answer = await service.post("/v1/holds/decision", body or EMMA_FOR_ADA, **how)
    assert 200 == answer.status_code, answer.text
    return answer.json()


async def branches(service: Service, **asked: Any) -> list[dict[str, Any]]:
    token = asked.pop("token", None)
    query = httpx.QueryParams({"book_id": str(EMMA), **asked})
    answer = await service.get(f"/v1/holds/pickup-branches?{query}", token=token)
    assert 200 == answer.status_code, answer.text
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


@pytest.mark.parametrize("code", sorted({refusal.code for refusal in refusals_of(PlaceHold)} - _BEFORE_ANY_DECISION))
async def test_every_refusal_of_a_hold_is_told_before_it_is_placed(service: Service, code: str) -> None:
    sent = await arrange(service, code)

    told = await decide(service, sent)

    assert (False, [code]) == (told["allowed"], [each["code"] for each in told["refusals"]])
    assert [code] == codes_of(await place(service, sent))


async def test_a_hold_that_would_be_placed_is_not_placed_by_asking(service: Service) -> None:
    told = await decide(service)

    assert {"allowed": True, "refusals": []} == told
    assert 0 == (await service.get(f"/v1/hold-queues?book_id={EMMA}")).json()["items"][0]["waiting"]
    assert 201 == (await place(service)).status_code


async def test_the_figures_behind_a_refusal_are_told_too(service: Service) -> None:
    sent = await arrange(service, "hold-limit-reached")

    (refusal,) = (await decide(service, sent))["refusals"]

    assert (0, 0) == (refusal["limit"], refusal["holds"])


async def test_members_ask_for_themselves_alone(service: Service) -> None:
    assert (await decide(service, {"book_id": str(EMMA)}, token=ADAS))["allowed"]
    assert 403 == (await service.post("/v1/holds/decision", EMMA_FOR_ADA, token=ADAS)).status_code
    others = f"/v1/holds/pickup-branches?book_id={EMMA}&card_number=ADA"
    assert 403 == (await service.get(others, token=ADAS)).status_code


async def test_a_hold_is_fetched_in_every_branch_where_the_policy_takes_holds(service: Service) -> None:
    everywhere = await branches(service, card_number="ADA")
    table = await the_table(service)
    east = {"name": "no holds in the east", "branch": "EAST", "holds_allowed": False}
    table["rules"].append(table["rules"][0] | east)
    hold = (await place(service, EMMA_FOR_ADA | {"pickup_branch": "MAIN"})).json()
    assert 200 == (await service.put("/v1/policies", table, if_match="*")).status_code

    assert [{"code": "MAIN", "name": "Main"}, {"code": "EAST", "name": "East"}] == everywhere
    assert ["MAIN"] == [each["code"] for each in await branches(service, card_number="ADA")]
    assert ["MAIN"] == [each["code"] for each in await branches(service, token=ADAS)]
    refused = await decide(service, EMMA_FOR_ADA | {"pickup_branch": "EAST"})
    assert "hold-not-allowed-by-policy" in [each["code"] for each in refused["refusals"]]
    moved = await patch(service, hold, pickup_branch="EAST")
    assert (422, ["hold-not-allowed-by-policy"]) == (moved.status_code, codes_of(moved))


async def test_a_book_of_which_nothing_is_lent_is_fetched_nowhere(service: Service) -> None:
    await arrange(service, "no-lendable-copy")
    service.members.by_card["ADA"] = a_standing()

    assert [] == await branches(service, card_number="ADA")
