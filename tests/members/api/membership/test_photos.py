"""The desk keeps a photograph of a member, by which it knows whom the card belongs to."""

from base64 import b64decode
from typing import Any

import httpx
from sqlalchemy import select

from members_service.domain.identity.roles import Role
from members_service.persistence.membership.tables import photos
from tests.answers import problem_of
from tests.members.api.conftest import Service

JPEG = b"\xff\xd8\xff\xe0" + bytes(range(256)) * 20


async def put(
    service: Service, member: dict[str, Any], content: bytes = JPEG, *, media_type: str = "image/jpeg", token: str = ""
) -> httpx.Response:
    headers = {"Authorization": f"Bearer {token or service.token(Role.LIBRARIAN)}", "Content-Type": media_type}
    return await service.http.put(f"/v1/members/{member['member_id']}/photo", content=content, headers=headers)


async def test_a_photograph_is_kept_shown_replaced_and_removed(service_on_either: Service) -> None:
    service = service_on_either
    ada = await service.enrol()
    path = f"/v1/members/{ada['member_id']}/photo"

    none, nothing = await service.get(path), await service.get(f"{path}?or_nothing=true")
    kept = await put(service, ada)
    shown = await service.get(f"{path}?or_nothing=true")
    other = await put(service, ada, b"\x89PNG\r\n\x1a\n...", media_type="image/png")
    replaced = await service.get(path)
    removed = await service.request("DELETE", path)
    gone = await service.request("DELETE", path)

    assert (404, "photo-not-found", 204) == (none.status_code, problem_of(none)["code"], kept.status_code)
    assert (204, b"", "no-store") == (nothing.status_code, nothing.content, nothing.headers["cache-control"])
    assert (JPEG, "image/jpeg", "no-store") == (
        shown.content, shown.headers["content-type"], shown.headers["cache-control"]
    )  # fmt: skip
    assert (204, "image/png") == (other.status_code, replaced.headers["content-type"])
    assert (204, 404) == (removed.status_code, gone.status_code)


async def test_only_pictures_are_kept(service: Service) -> None:
    ada = await service.enrol()

    text = await put(service, ada, b"<svg onload=alert(1)>", media_type="image/svg+xml")
    no_jpeg = await put(service, ada, b"<html>", media_type="image/jpeg")
    other = await put(service, ada, JPEG, media_type="image/png")
    large = await put(service, ada, JPEG * 20)

    assert [415, 422, 422, 413] == [answer.status_code for answer in (text, no_jpeg, other, large)]
    assert "invalid-photo" == problem_of(no_jpeg)["code"]


async def test_bytes_without_a_kind_are_the_picture_that_they_begin_as(service: Service) -> None:
    ada = await service.enrol()
    path = f"/v1/members/{ada['member_id']}/photo"

    kept = await put(service, ada, media_type="application/octet-stream")
    shown = await service.get(path)
    no_picture = await put(service, ada, b"<html>", media_type="application/octet-stream")

    assert (204, "image/jpeg", JPEG) == (kept.status_code, shown.headers["content-type"], shown.content)
    assert (422, "invalid-photo") == (no_picture.status_code, problem_of(no_picture)["code"])


async def test_it_is_sealed_read_on_record_and_the_persons_own(service: Service) -> None:
    ada, kim = await service.enrol(), await service.enrol()
    await put(service, ada)
    path, own = f"/v1/members/{ada['member_id']}/photo", service.token(Role.MEMBER, member_id=ada["member_id"])

    by_desk = await service.get(path)
    by_herself = await service.get(path, token=own)
    by_another = await service.get(path, token=service.token(Role.MEMBER, member_id=kim["member_id"]))
    exported = (await service.get(f"/v1/members/{ada['member_id']}/export", token=own)).json()["photo"]

    (row,) = await service.database.rows(select(photos.c.picture))
    assert "/9j/" not in row.picture
    assert [200, 200, 404] == [answer.status_code for answer in (by_desk, by_herself, by_another)]
    assert (JPEG, "image/jpeg") == (b64decode(exported["content"]), exported["media_type"])
    read = [each["deed"] for each in (await audit(service, ada["member_id"]))]
    assert 1 == read.count("read")


async def audit(service: Service, member_id: str) -> list[dict[str, Any]]:
    found = await service.get(f"/v1/audit?member_id={member_id}", token=service.token(Role.ADMIN))
    listed: list[dict[str, Any]] = found.json()["items"]
    return listed


async def test_it_moves_with_a_merger_unless_the_other_record_has_one(service_on_either: Service) -> None:
    service = service_on_either
    old, new, third = [await service.enrol() for _ in range(3)]
    await put(service, old)
    await put(service, third, JPEG + b"3")

    await service.request("POST", f"/v1/members/{old['member_id']}/merge", {"into": new["member_id"]})
    moved = await service.get(f"/v1/members/{new['member_id']}/photo")
    await service.request("POST", f"/v1/members/{new['member_id']}/merge", {"into": third["member_id"]})
    kept = await service.get(f"/v1/members/{third['member_id']}/photo")

    assert (JPEG, JPEG + b"3") == (moved.content, kept.content)
