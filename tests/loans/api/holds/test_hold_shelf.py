"""Holds meet check-out and return, as the desk and the members see it."""

from datetime import timedelta

from loans_service.domain.lendable_copy import CopyNotLendable
from shared.kernel.ids import new_id
from tests.answers import problem_of
from tests.loans.api.conftest import JESSICA, Service
from tests.loans.api.situations import hold, state_of
from tests.loans.makers import EMMA_COPY, a_copy


async def test_a_copy_on_the_hold_shelf_is_lent_to_nobody_but_the_member_it_waits_for(library: Service) -> None:
    await library.check_out(card_number="STEVE")
    jessicas = await hold(library, "JESSICA")
    scan = (await library.bring_back()).json()

    refused = await library.check_out(card_number="REBECCA")

    assert ("hold_shelf", jessicas["hold_id"], "ready") == (
        scan["next"],
        scan["hold"]["hold_id"],
        scan["hold"]["status"],
    )
    assert (409, "copy-held-for-other") == (refused.status_code, problem_of(refused)["code"])
    assert str(JESSICA) not in refused.text
    assert "ready" == await state_of(library, jessicas["hold_id"])
    assert 201 == (await library.check_out(card_number="JESSICA")).status_code
    assert "fulfilled" == await state_of(library, jessicas["hold_id"])


async def test_being_second_in_the_queue_is_not_enough(library: Service) -> None:
    await library.check_out(card_number="REBECCA")
    await hold(library, "JESSICA")
    steves = await hold(library, "STEVE")
    await library.bring_back()

    refused = await library.check_out(card_number="STEVE")

    assert (409, "copy-held-for-other") == (refused.status_code, problem_of(refused)["code"])
    assert "waiting" == await state_of(library, steves["hold_id"])


async def test_each_return_serves_the_next_in_the_queue(library: Service) -> None:
    await library.check_out(card_number="REBECCA")
    jessicas, steves = await hold(library, "JESSICA"), await hold(library, "STEVE")
    assert [1, 2] == [jessicas["position"], steves["position"]]

    await library.bring_back()
    assert ("ready", "waiting") == (
        await state_of(library, jessicas["hold_id"]),
        await state_of(library, steves["hold_id"]),
    )
    await library.check_out(card_number="JESSICA")
    assert ("fulfilled", "waiting") == (
        await state_of(library, jessicas["hold_id"]),
        await state_of(library, steves["hold_id"]),
    )
    await library.bring_back()

    assert "ready" == await state_of(library, steves["hold_id"])


async def test_a_copy_fetched_elsewhere_travels_and_may_be_lent_to_its_member_on_the_way(library: Service) -> None:
    await library.check_out(card_number="REBECCA")
    jessicas = await hold(library, "JESSICA", pickup_branch="EAST")

    scan = (await library.bring_back(branch="MAIN")).json()
    assert ("returned", "transit", "in_transit") == (scan["loan"]["status"], scan["next"], scan["hold"]["status"])
    assert 409 == (await library.check_out(card_number="REBECCA")).status_code
    assert 201 == (await library.check_out(card_number="JESSICA", branch="EAST")).status_code

    assert "fulfilled" == await state_of(library, jessicas["hold_id"])


async def test_a_scan_at_the_pickup_branch_makes_the_hold_ready(library: Service) -> None:
    await library.check_out(card_number="REBECCA")
    jessicas = await hold(library, "JESSICA", pickup_branch="EAST")
    await library.bring_back(branch="MAIN")

    scan = (await library.bring_back(branch="EAST")).json()

    assert (None, "hold_shelf", jessicas["hold_id"]) == (scan["loan"], scan["next"], scan["hold"]["hold_id"])
    assert "ready" == await state_of(library, jessicas["hold_id"])


async def test_a_copy_whose_hold_was_cancelled_on_the_shelf_is_listed_to_clear_and_lent_to_anybody(
    library: Service,
) -> None:
    await library.check_out(card_number="REBECCA")
    jessicas = await hold(library, "JESSICA")
    await library.bring_back()
    await library.post(f"/v1/holds/{jessicas['hold_id']}/cancel", {})

    to_clear = (await library.get("/v1/circulation-statuses?status=to_clear&branch=MAIN")).json()["items"]
    assert [str(EMMA_COPY)] == [copy["copy_id"] for copy in to_clear]
    assert "shelf" == (await library.bring_back()).json()["next"]

    assert [] == (await library.get("/v1/circulation-statuses?status=to_clear")).json()["items"]
    assert 201 == (await library.check_out(card_number="STEVE")).status_code


async def test_a_copy_that_is_no_longer_lent_serves_no_hold(library: Service) -> None:
    await library.check_out(card_number="REBECCA")
    jessicas = await hold(library, "JESSICA")
    await library.hear_of(refusals=(CopyNotLendable("In repair.", status="in_repair"),))

    assert "shelf" == (await library.bring_back()).json()["next"]

    assert "waiting" == await state_of(library, jessicas["hold_id"])


async def test_a_return_serves_the_queue_even_when_books_is_down(library: Service) -> None:
    await library.check_out(card_number="REBECCA")
    await hold(library, "JESSICA")
    library.catalogue.down = library.members.down = True

    assert "hold_shelf" == (await library.bring_back()).json()["next"]


async def test_a_hold_for_another_copy_does_not_capture_this_one(library: Service) -> None:
    other = a_copy(copy_id=new_id(), barcode="OTHER")
    library.catalogue.copies.append(other)
    await library.check_out(card_number="REBECCA")
    await hold(library, "JESSICA", book_id=None, copy_id=str(other.copy_id))

    assert "shelf" == (await library.bring_back()).json()["next"]
    assert "hold_shelf" == (await library.bring_back(copy_barcode="OTHER")).json()["next"]


async def test_a_suspended_hold_is_passed_by_and_keeps_its_place(library: Service) -> None:
    await library.check_out(card_number="REBECCA")
    jessicas, steves = await hold(library, "JESSICA"), await hold(library, "STEVE")
    await library.post(f"/v1/holds/{jessicas['hold_id']}/suspend", {})

    await library.bring_back()

    assert ("waiting", "ready") == (
        await state_of(library, jessicas["hold_id"]),
        await state_of(library, steves["hold_id"]),
    )
    resumed = (await library.post(f"/v1/holds/{jessicas['hold_id']}/resume", {})).json()
    assert (1, False) == (resumed["position"], resumed["suspended"])


async def test_being_scanned_again_on_the_hold_shelf_gives_nobody_more_time(library: Service) -> None:
    await library.check_out(card_number="REBECCA")
    jessicas = await hold(library, "JESSICA")
    await library.bring_back()
    first = (await library.get(f"/v1/holds/{jessicas['hold_id']}")).json()["pickup_until"]
    library.clock.pass_by(timedelta(days=2))

    again = (await library.bring_back()).json()

    assert ("2026-03-09T23:59:59Z", first) == (first, again["hold"]["pickup_until"])
    assert first == (await library.get(f"/v1/holds/{jessicas['hold_id']}")).json()["pickup_until"]


async def test_a_copy_nobody_fetched_in_time_goes_to_the_next_in_the_queue_when_it_is_scanned(library: Service) -> None:
    await library.check_out(card_number="REBECCA")
    jessicas, steves = await hold(library, "JESSICA"), await hold(library, "STEVE")
    await library.bring_back()
    library.clock.pass_by(timedelta(days=8))

    scan = (await library.bring_back()).json()

    assert ("hold_shelf", steves["hold_id"]) == (scan["next"], scan["hold"]["hold_id"])
    assert ("expired", "ready") == (
        await state_of(library, jessicas["hold_id"]),
        await state_of(library, steves["hold_id"]),
    )


async def test_a_copy_that_was_never_lent_is_set_aside_by_a_scan(library: Service) -> None:
    await hold(library, "JESSICA")

    scan = (await library.bring_back()).json()
    library.catalogue.down = True

    assert (None, "hold_shelf") == (scan["loan"], scan["next"])
    assert "hold_shelf" == (await library.bring_back()).json()["next"], "now it is known"


async def test_a_member_who_takes_another_copy_is_served_and_the_one_set_aside_passes_on(library: Service) -> None:
    await library.check_out(card_number="REBECCA")
    jessicas, steves = await hold(library, "JESSICA"), await hold(library, "STEVE")
    await library.bring_back()
    await library.post(f"/v1/holds/{steves['hold_id']}/suspend", {})
    library.catalogue.copies.append(a_copy(copy_id=new_id(), barcode="OTHER"))

    assert 201 == (await library.check_out(copy_barcode="OTHER", card_number="JESSICA")).status_code

    assert ("fulfilled", "waiting") == (
        await state_of(library, jessicas["hold_id"]),
        await state_of(library, steves["hold_id"]),
    )
    assert [str(EMMA_COPY)] == [
        copy["copy_id"] for copy in (await library.get("/v1/circulation-statuses?status=to_clear")).json()["items"]
    ]


async def test_lists_of_a_branch_are_found_whatever_the_case_of_its_code(library: Service) -> None:
    await library.check_out(card_number="REBECCA", branch="east")
    await hold(library, "JESSICA", pickup_branch="East")
    await library.bring_back()

    for code in ("EAST", "east", "eAsT"):
        for path in (
            f"loans?branch={code}",
            f"holds?pickup_branch={code}",
            f"circulation-statuses?status=in_transit&branch={code}",
        ):
            assert 1 == len((await library.get(f"/v1/{path}")).json()["items"]), path
