from datetime import timedelta

from tests.loans.api.conftest import ADAS, Service
from tests.loans.api.situations import hold


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
