from datetime import timedelta

import pytest

from shared.kernel.ids import new_id
from tests.loans.api.conftest import ADAS, Service
from tests.loans.api.situations import hold
from tests.loans.makers import a_standing


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
