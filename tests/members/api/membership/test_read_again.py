"""Reading a member again: 304 only where nothing of what was shown is different."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from members_service.application.privacy.erase_member import erase_everything
from tests.members.api.conftest import Service


async def read(service: Service, member_id: str, tag: str = "") -> Any:
    return await service.get(f"/v1/members/{member_id}", **({"If_None_Match": tag} if tag else {}))


async def merge(service: Service, gone: str, into: str) -> None:
    answer = await service.request("POST", f"/v1/members/{gone}/merge", {"into": into})
    assert 200 == answer.status_code


async def erase(service: Service, gone: str, _: str) -> None:
    async with service.app.state.privacy.begin_erasure.unit_of_work(None) as uow:
        await erase_everything(await uow.members.get(UUID(gone)), uow=uow, now=service.clock.now())
        await uow.commit()


@pytest.mark.parametrize("end", [merge, erase])
async def test_a_ward_is_another_record_once_its_guardian_is_gone(service_on_either: Service, end: Any) -> None:
    service = service_on_either
    guardian, other = [(await service.enrol())["member_id"] for _ in range(2)]
    ward = (await service.enrol(guardians=[{"member_id": guardian, "may": ["see"]}]))["member_id"]
    before = await read(service, ward)

    await end(service, guardian, other)
    again = await read(service, ward, before.headers["etag"])

    assert 200 == again.status_code
    assert guardian not in [one["member_id"] for one in again.json()["guardians"]]


async def test_the_id_of_a_merged_record_shows_the_one_that_stays_even_at_the_same_version(service: Service) -> None:
    gone, stays = [(await service.enrol(name=name))["member_id"] for name in ("Ada", "Lady Lovelace")]
    changed = await service.request("PATCH", f"/v1/members/{gone}", {"phone": "1"}, If_Match="*")

    await merge(service, gone, stays)
    again = await read(service, gone, changed.headers["etag"])

    assert (200, "Lady Lovelace") == (again.status_code, again.json()["name"])


async def test_a_suspension_that_is_over_is_not_hidden_behind_a_status_that_goes_on(service: Service) -> None:
    at = f"/v1/members/{(await service.enrol())['member_id']}"
    await service.request("POST", f"{at}/suspend", {"reason": "Singing.", "until": service.day(1)})
    await service.request("POST", f"{at}/erasure")
    before = await service.get(at)

    same = await service.get(at, If_None_Match=before.headers["etag"])
    service.clock.pass_by(timedelta(days=2))
    later = await service.get(at, If_None_Match=before.headers["etag"])

    assert ("leaving", 304) == (before.json()["status"], same.status_code)
    assert (200, "leaving", None) == (later.status_code, later.json()["status"], later.json()["suspension"])
    assert 412 != (await service.request("PATCH", at, {"phone": "1"}, If_Match=later.headers["etag"])).status_code
