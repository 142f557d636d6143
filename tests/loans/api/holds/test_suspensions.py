from datetime import timedelta

import pytest

from shared.kernel.ids import new_id
from tests.loans.api.conftest import ADAS, Service
from tests.loans.api.holds.pulling import patch
from tests.loans.api.situations import hold
from tests.loans.makers import EMMA, a_standing


async def test_a_suspension_that_is_over_is_not_shown(service: Service) -> None:
    placed = await hold(service, "ADA")
    path = f"/v1/holds/{placed['hold_id']}"
    await service.post(f"{path}/suspend", {"until": "2026-03-09T00:00:00Z"})
    during = await service.get(path)

    service.clock.pass_by(timedelta(days=10))

    after = await service.get(path)
    assert ((True, True), (False, None)) == (
        (during.json()["suspended"], during.json()["suspended_until"] is not None),
        (after.json()["suspended"], after.json()["suspended_until"]),
    )
    assert during.headers["etag"] != after.headers["etag"]
    (listed,) = (await service.get("/v1/holds/mine", ADAS)).json()["items"]
    assert (False, None) == (listed["suspended"], listed["suspended_until"])


@pytest.mark.parametrize("act", ["cancel", "suspend", "resume"])
async def test_an_act_on_a_hold_that_has_changed_since_it_was_seen_is_refused(service: Service, act: str) -> None:
    service.members.by_card["KIM"] = a_standing(member_id=new_id())
    await service.check_out(card_number="KIM")
    waiting = await hold(service, "ADA")
    at = f"/v1/holds/{waiting['hold_id']}"
    seen = (await service.get(at)).headers["etag"]
    assert (await service.post(f"{at}/suspend", {})).status_code == 200

    late = await service.post(f"{at}/{act}", {}, if_match=seen)
    now = await service.post(f"{at}/{act}", {}, if_match=(await service.get(at)).headers["etag"])

    assert (412, 200) == (late.status_code, now.status_code)


async def test_no_answer_shows_a_suspension_that_is_over(library: Service) -> None:
    await library.check_out(card_number="STEVE")
    waiting, over = await hold(library, "ADA"), {"until": "2026-03-09T00:00:00Z"}
    at, queue = f"/v1/holds/{waiting['hold_id']}", f"/v1/hold-queues/{EMMA}"
    during = await library.post(f"{at}/suspend", over)
    before = await library.get(queue)

    library.clock.pass_by(timedelta(days=10))

    after = await library.get(queue, **{"If-None-Match": before.headers["etag"]})
    revised = await patch(library, waiting, comment="Large print.")
    once_more = await library.post(f"{at}/suspend", over)
    captured = (await library.bring_back()).json()["hold"]
    assert (True, 200) == (during.json()["suspended"], after.status_code)
    shown = (after.json()["items"][0], revised.json(), once_more.json(), captured)
    assert [(False, None)] * 4 == [(each["suspended"], each["suspended_until"]) for each in shown]
