"""Copies that cannot be lent any more, and those who waited for them."""

from loans_service.domain.lendable_copy import CopyNotLendable
from shared.kernel.ids import new_id
from tests.answers import codes_of
from tests.loans.api.conftest import Service
from tests.loans.api.holds.pulling import IN_REPAIR, LOST, WITHDRAWN, shelve, shown, target_of
from tests.loans.api.situations import hold, state_of, the_table
from tests.loans.makers import EMMA, EMMA_COPY, a_standing


async def test_a_book_whose_last_copy_is_withdrawn_ends_its_holds_and_takes_no_new_ones(library: Service) -> None:
    jessicas = await hold(library, "JESSICA")

    await library.hear_of(refusals=WITHDRAWN)

    ended = await shown(library, jessicas)
    assert ("cancelled", "no-lendable-copy", None) == (ended["status"], ended["reason"], ended["target"])
    told = [data async for type_, data in library.events() if type_ == "loans.hold.cancelled"]
    assert ["no-lendable-copy"] == [data["reason"] for data in told]
    refused = await library.post("/v1/holds", {"book_id": str(EMMA), "card_number": "STEVE"})
    assert (409, ["no-lendable-copy"]) == (refused.status_code, codes_of(refused))


async def test_who_waits_for_a_copy_that_is_lost_keeps_the_place_until_it_turns_up(library: Service) -> None:
    loan = (await library.check_out(card_number="REBECCA")).json()
    jessicas, steves = [await hold(library, card) for card in ("JESSICA", "STEVE")]
    alone = (await library.post("/v1/holds", {"copy_id": str(EMMA_COPY), "card_number": "ADA"})).json()

    await library.post(f"/v1/loans/{loan['loan_id']}/declare-lost", {})
    await library.hear_of(refusals=LOST)
    meanwhile = [await state_of(library, each["hold_id"]) for each in (jessicas, steves, alone)]
    newcomer = await library.post("/v1/holds", {"book_id": str(EMMA), "card_number": "REBECCA"})
    back = (await library.bring_back()).json()

    assert ["waiting"] * 3 == meanwhile
    assert "no-lendable-copy" in codes_of(newcomer)
    assert jessicas["hold_id"] == back["hold"]["hold_id"]


async def test_who_waits_for_a_lost_copy_waits_no_more_once_it_is_withdrawn(library: Service) -> None:
    jessicas = await hold(library, "JESSICA")
    await library.hear_of(refusals=LOST)
    while_lost = await state_of(library, jessicas["hold_id"])

    await library.hear_of(refusals=WITHDRAWN)

    ended = await shown(library, jessicas)
    assert ("waiting", "cancelled", "no-lendable-copy") == (while_lost, ended["status"], ended["reason"])


async def test_a_copy_that_is_not_lent_to_whom_it_was_to_be_pulled_for_goes_to_the_next_or_nobody(
    library: Service,
) -> None:
    library.members.by_card["KIM"] = a_standing(member_id=new_id(), category="child")
    kims = await hold(library, "KIM")
    jessicas = await hold(library, "JESSICA")
    table = await the_table(library)
    adult = next(rule for rule in table["rules"] if rule["name"] == "adult")
    others = [rule for rule in table["rules"] if rule["category"] != "child"]
    table["rules"] = [*others, {**adult, "name": "no children", "category": "child", "loanable": False}]
    assert 200 == (await library.put("/v1/policies", table | {"cases": []}, if_match="*")).status_code
    aimed_at = await target_of(library, kims)

    scan = (await library.bring_back()).json()

    assert ("30000000000019", jessicas["hold_id"]) == (aimed_at, scan["hold"]["hold_id"])
    assert ("waiting", None) == (await state_of(library, kims["hold_id"]), await target_of(library, kims))


async def test_who_waits_for_one_copy_alone_waits_no_more_when_that_is_withdrawn_and_others_wait_on(
    library: Service,
) -> None:
    shelve(library, "C2")
    await library.check_out(copy_barcode="C2", card_number="REBECCA")
    alone = (await library.post("/v1/holds", {"copy_id": str(EMMA_COPY), "card_number": "JESSICA"})).json()
    await library.hear_of(refusals=IN_REPAIR)
    meanwhile = await state_of(library, alone["hold_id"])
    steves = await hold(library, "STEVE")

    await library.hear_of(refusals=WITHDRAWN)

    ended = await shown(library, alone)
    assert ("waiting", "cancelled", "no-lendable-copy") == (meanwhile, ended["status"], ended["reason"])
    assert "waiting" == await state_of(library, steves["hold_id"])
    assert [] == (await library.get("/v1/holds/pull-list?branch=MAIN")).json()["items"]


async def test_who_has_the_one_copy_kept_that_is_withdrawn_waits_no_more_either(library: Service) -> None:
    shelve(library, "C2")
    await library.check_out(card_number="REBECCA")
    alone = (await library.post("/v1/holds", {"copy_id": str(EMMA_COPY), "card_number": "JESSICA"})).json()
    await library.bring_back()
    kept = await state_of(library, alone["hold_id"])

    await library.hear_of(refusals=WITHDRAWN)

    assert ("ready", "cancelled") == (kept, await state_of(library, alone["hold_id"]))


async def test_a_copy_in_repair_leaves_those_who_wait_without_a_target(library: Service) -> None:
    jessicas = await hold(library, "JESSICA")

    await library.hear_of(refusals=IN_REPAIR)
    without = await target_of(library, jessicas)
    await library.hear_of(refusals=())

    assert (None, "waiting") == (without, await state_of(library, jessicas["hold_id"]))
    assert "30000000000019" == await target_of(library, jessicas)
    assert 201 == (await library.post("/v1/holds", {"book_id": str(EMMA), "card_number": "STEVE"})).status_code


async def test_a_copy_withdrawn_from_the_hold_shelf_lets_its_member_wait_again(library: Service) -> None:
    shelve(library, "C2")
    await library.check_out(copy_barcode="C2", card_number="REBECCA")
    jessicas = await hold(library, "JESSICA")
    await library.bring_back()
    assert "ready" == await state_of(library, jessicas["hold_id"])

    await library.hear_of(refusals=WITHDRAWN)

    assert "waiting" == await state_of(library, jessicas["hold_id"])
    to_clear = (await library.get("/v1/circulation-statuses?status=to_clear")).json()["items"]
    assert [str(EMMA_COPY)] == [copy["copy_id"] for copy in to_clear]


async def test_the_last_copy_withdrawn_from_the_hold_shelf_ends_the_hold_and_is_to_be_cleared(library: Service) -> None:
    await library.check_out(card_number="REBECCA")
    jessicas = await hold(library, "JESSICA")
    await library.bring_back()
    assert "ready" == await state_of(library, jessicas["hold_id"])

    await library.hear_of(refusals=WITHDRAWN)

    ended = await shown(library, jessicas)
    assert ("cancelled", "no-lendable-copy") == (ended["status"], ended["reason"])
    to_clear = (await library.get("/v1/circulation-statuses?status=to_clear")).json()["items"]
    assert [str(EMMA_COPY)] == [copy["copy_id"] for copy in to_clear]


async def test_who_loses_a_captured_copy_gets_another_one_at_once_if_there_is_one(library: Service) -> None:
    await library.check_out(card_number="REBECCA")
    jessicas = await hold(library, "JESSICA")
    await library.bring_back()
    shelve(library, "C2")

    await library.hear_of(refusals=WITHDRAWN)

    assert ("waiting", "C2") == (await state_of(library, jessicas["hold_id"]), await target_of(library, jessicas))


async def test_the_present_home_branch_counts_wherever_the_copy_was_lent(library: Service) -> None:
    await library.check_out(card_number="REBECCA")
    await library.bring_back()
    await library.hear_of(branch="EAST")

    at_home, elsewhere = (await library.bring_back(branch="EAST")), (await library.bring_back(branch="MAIN"))

    assert ("shelf", "transit") == (at_home.json()["next"], elsewhere.json()["next"])


async def test_a_lost_copy_that_comes_back_serves_whoever_waits_and_the_desk_is_told_that_it_is_back(
    library: Service,
) -> None:
    loan = (await library.check_out(card_number="REBECCA")).json()
    shelve(library, "C2")
    await library.check_out(copy_barcode="C2", card_number="STEVE")
    held = await hold(library, "JESSICA")
    await library.post(f"/v1/loans/{loan['loan_id']}/declare-lost", {})
    await library.hear_of(refusals=(CopyNotLendable("Lost.", status="lost"),))

    scan = (await library.bring_back()).json()

    assert (held["hold_id"], "hold_shelf") == (scan["hold"]["hold_id"], scan["next"])
    assert ("lost", "This copy counted as lost. It is being put back into service.") == (
        scan["copy_status"], scan["notice"],
    )  # fmt: skip


async def test_a_return_says_that_the_copy_is_withdrawn_and_tells_that_a_missing_one_was_seen(library: Service) -> None:
    await library.check_out(card_number="REBECCA")
    await library.hear_of(refusals=WITHDRAWN)
    withdrawn = (await library.bring_back()).json()
    await library.hear_of(refusals=(CopyNotLendable("Missing.", status="missing"),))
    missing = (await library.bring_back()).json()
    again = (await library.bring_back()).json()

    assert ("withdrawn", "missing", None) == tuple(scan["copy_status"] for scan in (withdrawn, missing, again))
    assert "missing" in missing["notice"]
    events = [data async for type_, data in library.events() if type_ == "loans.copy.availability_changed"]
    assert ("available", True) == (events[-1]["availability"], events[-1]["scanned"])
