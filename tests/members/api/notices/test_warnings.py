"""Whoever changes how somebody signs in, or where mail goes, has the owner told of it: at the address of before."""

from sqlalchemy import select

from members_service.persistence.notices.notices import notice_in
from members_service.persistence.notices.tables import notices
from tests.members.api.conftest import Service
from tests.members.api.notices.sending import switch
from tests.members.makers import PASSWORD


async def _warned(service: Service) -> list[str | None]:
    """Return the addresses to which it is said that something of an account was changed."""
    rows = await service.database.rows(select(notices).where(notices.c.kind == "address_changed"))
    return [(notice_in(row, service.data_keys).occurrence.secret or {}).get("to") for row in rows]


async def test_another_address_is_told_to_the_one_that_it_was_before(service: Service) -> None:
    await switch(service, "on")
    ada = await service.a_member_who_can_sign_in(email="ada@x.y")

    path = f"/v1/members/{ada['member_id']}"
    same = await service.request("PATCH", path, {"email": "Ada@x.y"}, if_match="*")
    before = await _warned(service)
    moved = await service.request("PATCH", path, {"email": "king@x.y"}, if_match="*")

    assert [200, 200] == [same.status_code, moved.status_code]
    assert [] == before
    assert ["ada@x.y"] == [(to or "").lower() for to in await _warned(service)]


async def test_another_password_is_told_to_its_owner(service: Service) -> None:
    await switch(service, "on")
    await service.a_member_who_can_sign_in(email="ada@x.y")
    token = (await service.sign_in("ada@x.y")).json()["access_token"]

    body = {"current_password": PASSWORD, "password": "another long enough phrase"}
    changed = await service.request("PUT", "/v1/accounts/me/password", body, token=token)

    assert changed.is_success, changed.text
    assert ["ada@x.y"] == await _warned(service)
