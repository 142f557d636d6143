"""A hold gets another target, or none, when it waits otherwise."""

from datetime import timedelta

from tests.answers import codes_of
from tests.loans.api.conftest import LIBRARIAN, Service
from tests.loans.api.holds.pulling import patch, shelve, target_of
from tests.loans.api.situations import hold
from tests.loans.makers import EMMA


async def test_a_suspended_hold_lets_go_of_its_target_and_gets_one_when_it_is_resumed(library: Service) -> None:
    jessicas, steves = await hold(library, "JESSICA"), await hold(library, "STEVE")

    await library.post(f"/v1/holds/{jessicas['hold_id']}/suspend", {})
    await library.choose_targets()
    passed = await target_of(library, jessicas), await target_of(library, steves)
    await library.post(f"/v1/holds/{jessicas['hold_id']}/resume", {})
    await library.choose_targets()

    assert (None, "30000000000019") == passed
    assert ("30000000000019", None) == (await target_of(library, jessicas), await target_of(library, steves))


async def test_a_hold_suspended_until_a_moment_gets_a_target_from_then_on(library: Service) -> None:
    jessicas = await hold(library, "JESSICA")
    await library.post(f"/v1/holds/{jessicas['hold_id']}/suspend", {"until": "2026-03-05T00:00:00Z"})
    await library.choose_targets()
    before = await target_of(library, jessicas)
    library.clock.pass_by(timedelta(days=3))
    await library.choose_targets()

    assert (None, "30000000000019") == (before, await target_of(library, jessicas))


async def test_a_hold_not_before_a_day_is_served_from_that_day_on(library: Service) -> None:
    jessicas = await hold(library, "JESSICA", not_before="2026-03-05", comment="For the summer.")
    await library.choose_targets()
    early = await target_of(library, jessicas)
    library.clock.pass_by(timedelta(days=3))
    await library.choose_targets()

    assert ("2026-03-05", "For the summer.") == (jessicas["not_before"], jessicas["comment"])
    assert (None, "30000000000019") == (early, await target_of(library, jessicas))


async def test_whoever_comes_first_in_a_new_order_is_served_first(library: Service) -> None:
    jessicas, steves = await hold(library, "JESSICA"), await hold(library, "STEVE")
    headers = {"Authorization": f"Bearer {LIBRARIAN}", "If-Match": "*"}
    order = {"hold_ids": [steves["hold_id"], jessicas["hold_id"]]}

    assert 200 == (await library.http.put(f"/v1/hold-queues/{EMMA}", json=order, headers=headers)).status_code
    await library.choose_targets()

    assert (None, "30000000000019") == (await target_of(library, jessicas), await target_of(library, steves))


async def test_the_pickup_branch_and_the_days_of_a_hold_change_without_losing_its_place(library: Service) -> None:
    shelve(library, "EAST-1", branch="EAST")
    jessicas = await hold(library, "JESSICA")
    await hold(library, "STEVE")
    tag = (await library.get(f"/v1/holds/{jessicas['hold_id']}")).headers["ETag"]

    changed = await patch(library, jessicas, tag, pickup_branch="east", expires_on="2026-12-31")
    stale = await patch(library, jessicas, tag, comment="Late.")
    without = await patch(library, jessicas, None, comment="No tag.")
    await library.choose_targets()

    assert (200, "EAST", "2026-12-31", 1) == (
        changed.status_code,
        changed.json()["pickup_branch"],
        changed.json()["expires_on"],
        changed.json()["position"],
    )
    assert (412, 428) == (stale.status_code, without.status_code)
    assert (await target_of(library, jessicas)) is not None


async def test_a_hold_whose_copy_is_on_the_shelf_still_takes_a_remark(library: Service) -> None:
    jessicas = await hold(library, "JESSICA")
    await library.bring_back()

    remarked = await patch(library, jessicas, comment="On the shelf.")

    assert (200, "On the shelf.") == (remarked.status_code, remarked.json()["comment"])


async def test_a_target_that_nobody_pulled_in_time_goes_to_a_branch_that_has_a_copy(library: Service) -> None:
    jessicas = await hold(library, "JESSICA")
    shelve(library, "EAST-1", branch="EAST")

    library.clock.pass_by(timedelta(days=1))
    await library.choose_targets()
    early = await target_of(library, jessicas)
    library.clock.pass_by(timedelta(days=2))
    await library.choose_targets()

    assert ("30000000000019", "EAST-1") == (early, await target_of(library, jessicas))


async def test_a_hold_whose_days_change_one_by_one_never_begins_after_its_end(library: Service) -> None:
    ends, begins = await hold(library, "JESSICA", expires_on="2026-04-01"), await hold(library, "STEVE")
    await patch(library, begins, not_before="2026-05-01")

    later = await patch(library, ends, not_before="2026-04-02")
    sooner = await patch(library, begins, expires_on="2026-04-30")
    same_day = await patch(library, ends, not_before="2026-04-01")

    assert [(422, ["invalid-hold-start"])] * 2 == [(each.status_code, codes_of(each)) for each in (later, sooner)]
    assert 200 == same_day.status_code
