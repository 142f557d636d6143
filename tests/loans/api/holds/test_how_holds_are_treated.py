"""What the policy says of holds, as the desk and the members see it."""

from datetime import timedelta
from typing import Any

from loans_service.domain.lendable_copy import CopyNotLendable
from shared.kernel.ids import new_id
from tests.answers import problem_of
from tests.loans.api.conftest import ADAS, JESSICA, REBECCA, Service
from tests.loans.api.holds.pulling import LOST, patch, shelve, shown, target_of
from tests.loans.api.situations import change_hold_terms, change_rules, change_terms, hold, state_of, the_table
from tests.loans.makers import EMMA, a_copy, a_standing


async def until(library: Service, **scan: Any) -> str:
    """Return until when the copy waits that was scanned for a hold."""
    pickup_until: str = (await library.bring_back(**scan)).json()["hold"]["pickup_until"]
    return pickup_until


async def test_how_long_a_copy_waits_goes_by_the_branch_and_the_item_type(library: Service) -> None:
    await change_hold_terms(library, shelf_days=[{"branch": "East", "days": 2}, {"item_type": "dvd", "days": 1}])
    library.catalogue.copies.append(a_copy(copy_id=new_id(), book_id=(film := new_id()), barcode="F1", item_type="dvd"))
    await hold(library, "JESSICA", pickup_branch="EAST")
    await library.post("/v1/holds", {"book_id": str(film), "card_number": "STEVE", "pickup_branch": "MAIN"})

    assert "2026-03-04T23:59:59Z" == await until(library, branch="EAST")
    assert "2026-03-03T23:59:59Z" == await until(library, copy_barcode="F1", branch="MAIN")


async def test_a_copy_that_passes_to_the_next_waits_as_long_as_one_that_is_scanned(library: Service) -> None:
    await change_hold_terms(library, shelf_days=[{"branch": "MAIN", "days": 2}])
    jessicas, steves = await hold(library, "JESSICA"), await hold(library, "STEVE")
    await library.bring_back()

    await library.post(f"/v1/holds/{jessicas['hold_id']}/cancel", {})

    assert "2026-03-04T23:59:59Z" == (await shown(library, steves))["pickup_until"]


async def test_a_table_without_a_word_on_holds_shows_how_they_are_treated(library: Service) -> None:
    assert {
        "shelf_days": [],
        "stopped_by": [],
        "local_first": False,
        "keep_when_lost": True,
        "say_if_barred": False,
        "transport": {"never": [], "sources": []},
    } == (await the_table(library))["holds"]


async def test_a_branch_or_an_item_type_that_there_is_not_is_refused_with_its_place(library: Service) -> None:
    lines = [{"branch": "ATLANTIS", "days": 2}, {"item_type": "DVD", "days": 2}]
    table = await the_table(library)

    refused = await library.put("/v1/policies", table | {"holds": {"shelf_days": lines}}, if_match="*")

    places = [error["pointer"] for error in problem_of(refused)["errors"]]
    assert ["/holds/shelf_days/0/branch", "/holds/shelf_days/1/item_type"] == places


async def test_a_hold_without_a_pickup_branch_is_fetched_in_the_members_home_branch(library: Service) -> None:
    library.members.by_card["JESSICA"] = a_standing(member_id=JESSICA, home_branch="East")

    jessicas = await hold(library, "JESSICA", pickup_branch=None)

    assert ("EAST", "East") == (jessicas["pickup_branch"], jessicas["member_branch"])


async def test_a_home_branch_that_takes_no_holds_or_has_closed_is_left_out_of_account(library: Service) -> None:
    library.members.by_card["JESSICA"] = a_standing(member_id=JESSICA, home_branch="EAST")
    library.members.by_card["REBECCA"] = a_standing(member_id=REBECCA, home_branch="ATLANTIS")
    table = await the_table(library)
    nothing = table["rules"][0] | {"name": "nothing in the east", "branch": "EAST", "holds_allowed": False}
    for item_type in (None, "book"):
        rule = nothing | {"name": f"{item_type}", "item_type": item_type}
        table["rules"].append(rule | {"category": None})
    assert 200 == (await library.put("/v1/policies", table | {"cases": []}, if_match="*")).status_code

    holds = [await hold(library, card, pickup_branch=None) for card in ("JESSICA", "REBECCA")]

    assert [None, None] == [each["pickup_branch"] for each in holds]


async def test_a_members_hold_for_their_own_branch_comes_first_at_the_scan(library: Service) -> None:
    await change_hold_terms(library, local_first=True)
    await library.check_out(card_number="REBECCA")
    library.members.by_card["JESSICA"] = a_standing(member_id=JESSICA, home_branch="MAIN")
    await hold(library, "STEVE")
    jessicas = await hold(library, "JESSICA")

    scan = (await library.bring_back()).json()

    assert jessicas["hold_id"] == scan["hold"]["hold_id"]


async def test_a_copy_is_captured_for_nobody_whose_home_branch_the_policy_does_not_lend_it_to(library: Service) -> None:
    await library.check_out(card_number="REBECCA")
    library.members.by_card["JESSICA"] = a_standing(member_id=JESSICA, home_branch="EAST")
    jessicas, steves = await hold(library, "JESSICA"), await hold(library, "STEVE")
    table = await the_table(library)
    not_theirs = table["rules"][-1] | {
        "name": "not theirs",
        "home_branch": "EAST",
        "item_type": "book",
        "loanable": False,
    }
    changed = await library.put(
        "/v1/policies", table | {"rules": [not_theirs, *table["rules"]], "cases": []}, if_match="*"
    )
    assert 200 == changed.status_code, changed.text

    scan = (await library.bring_back()).json()

    assert (steves["hold_id"], "waiting") == (scan["hold"]["hold_id"], await state_of(library, jessicas["hold_id"]))


async def test_a_copy_to_be_pulled_is_pulled_for_a_member_of_its_branch_who_comes_later(library: Service) -> None:
    await change_hold_terms(library, local_first=True)
    library.members.by_card["JESSICA"] = a_standing(member_id=JESSICA, home_branch="MAIN")
    steves, jessicas = await hold(library, "STEVE"), await hold(library, "JESSICA")

    await library.choose_targets()

    assert (None, "30000000000019") == (await target_of(library, steves), await target_of(library, jessicas))


async def test_the_number_of_holds_a_day_counts_those_that_were_cancelled_and_begins_anew_at_midnight(
    library: Service,
) -> None:
    await change_terms(library, most_holds_per_day=1)
    first = await hold(library, "JESSICA")
    await library.post(f"/v1/holds/{first['hold_id']}/cancel", {})

    refused = await library.post("/v1/holds", {"book_id": str(EMMA), "card_number": "JESSICA"})

    assert "daily-hold-limit-reached" == problem_of(refused)["code"]
    library.clock.pass_by(timedelta(hours=14))
    await hold(library, "JESSICA")


async def test_holds_for_the_only_copy_end_when_it_is_lost_if_the_library_wants_it(library: Service) -> None:
    jessicas = await hold(library, "JESSICA")
    await library.hear_of(refusals=LOST)
    assert "waiting" == await state_of(library, jessicas["hold_id"])

    await change_hold_terms(library, keep_when_lost=False)
    await library.hear_of(refusals=LOST, price=None)

    assert "cancelled" == await state_of(library, jessicas["hold_id"])


async def test_a_missing_copy_keeps_its_holds_whatever_the_policy_says_of_lost_ones(library: Service) -> None:
    await change_hold_terms(library, keep_when_lost=False)
    jessicas = await hold(library, "JESSICA")

    await library.hear_of(refusals=(CopyNotLendable("Missing.", status="missing"),))

    assert "waiting" == await state_of(library, jessicas["hold_id"])


async def test_a_ready_hold_is_fetched_in_another_branch_and_its_copy_is_sent_on(library: Service) -> None:
    jessicas = await hold(library, "JESSICA")
    await library.bring_back()

    moved = await patch(library, jessicas, pickup_branch="east")

    assert ("in_transit", "EAST", None) == tuple(
        moved.json()[name] for name in ("status", "pickup_branch", "pickup_until")
    )
    (transit,) = (await library.get("/v1/transits")).json()["items"]
    assert ("MAIN", "EAST") == (transit["from_branch"], transit["to_branch"])
    assert "hold_shelf" == (await library.bring_back(branch="EAST")).json()["next"]
    assert "ready" == await state_of(library, jessicas["hold_id"])


async def test_a_copy_on_its_way_goes_on_to_the_new_pickup_branch(library: Service) -> None:
    jessicas = await hold(library, "JESSICA", pickup_branch="EAST")
    await library.bring_back(branch="MAIN")

    moved = await patch(library, jessicas, pickup_branch="MAIN")

    assert ("in_transit", "MAIN") == (moved.json()["status"], moved.json()["pickup_branch"])
    assert "hold_shelf" == (await library.bring_back(branch="MAIN")).json()["next"]


async def test_a_captured_copy_stays_where_it_is_if_the_policy_takes_no_holds_in_the_other_branch(
    library: Service,
) -> None:
    jessicas = await hold(library, "JESSICA")
    await library.bring_back()
    await change_rules(library, holds_allowed=False)

    refused = await patch(library, jessicas, pickup_branch="EAST")

    assert "hold-not-allowed-by-policy" == problem_of(refused)["code"]
    assert "ready" == await state_of(library, jessicas["hold_id"])


async def test_staff_let_a_copy_wait_for_longer_and_the_member_hears_of_it(library: Service) -> None:
    jessicas = await hold(library, "JESSICA")
    await library.bring_back()

    longer = await patch(library, jessicas, pickup_until="2026-03-20T18:00:00Z")

    assert "2026-03-20T18:00:00Z" == longer.json()["pickup_until"]
    told = [data["pickup_until"] async for type_, data in library.events() if type_ == "loans.hold.ready"]
    assert "2026-03-20T18:00:00Z" == told[-1]
    assert 422 == (await patch(library, jessicas, pickup_until=None)).status_code


async def test_whoever_waits_reads_why_staff_cancelled_the_hold(library: Service) -> None:
    adas = await hold(library, "ADA")

    cancelled = await library.post(f"/v1/holds/{adas['hold_id']}/cancel", {"reason": "The only copy is worn out."})

    assert (None, "The only copy is worn out.") == (cancelled.json()["reason"], cancelled.json()["reason_given"])
    (mine,) = (await library.get("/v1/holds/mine", ADAS)).json()["items"]
    assert "The only copy is worn out." == mine["reason_given"]


async def test_holds_that_have_waited_for_long_are_listed(library: Service) -> None:
    old = await hold(library, "JESSICA")
    library.clock.pass_by(timedelta(days=90))
    shelve(library, "C2")
    await hold(library, "STEVE")

    found = (await library.get("/v1/holds?status=waiting&placed_before=2026-04-01T00:00:00Z")).json()["items"]

    assert [old["hold_id"]] == [each["hold_id"] for each in found]
