"""Members asks books where somebody can be at home, in each gear, from its processes that answer and those behind."""

from typing import Any

from tests.end_to_end.library import Library, code_of, done, eventually


async def test_a_branch_of_this_moment_is_a_home_and_one_that_is_not_there_is_none(library: Library) -> None:
    admin, ada = await library.admin(), await library.enrol()
    body = {"name": "Ada Lovelace", "category": "adult", "home_branch": "quay"}
    before = await admin.post(f"{library.members}/v1/members", body)

    done(await admin.post(f"{library.books}/v1/branches", {"code": "QUAY", "name": "Library at the quay"}))
    after = done(await admin.post(f"{library.members}/v1/members", body))
    own = await library.signed_in(ada.person)
    headers = {"Authorization": f"Bearer {own.token}", "If-Match": "*"}
    wrong = await library.http.patch(f"{library.members}/v1/members/me", json={"home_branch": "SEA"}, headers=headers)

    assert (422, "unknown-branch") == (before.status_code, code_of(before))
    assert "QUAY" == after["home_branch"]
    assert (422, "unknown-branch") == (wrong.status_code, code_of(wrong))


async def test_a_file_is_asked_for_likewise(library: Library) -> None:
    admin = await library.admin()
    done(await admin.post(f"{library.books}/v1/branches", {"code": "PIER", "name": "Library at the pier"}))
    file = "name,category,card_number,home_branch\nKim,adult,PIER-1,pier\nTim,adult,PIER-2,SEA\n"
    headers = {"Authorization": f"Bearer {admin.token}", "Content-Type": "text/csv"}
    job = done(await library.http.post(f"{library.members}/v1/imports?format=csv", content=file, headers=headers))
    found: dict[str, Any] = {}

    async def ended() -> bool:
        found.update(done(await admin.get(f"{library.members}/v1/imports/{job['import_id']}")))
        return found["state"] in {"done", "failed"}

    await eventually(ended)

    assert ("done", 1, 1) == (found["state"], found["created"], found["failed"]), found
    (kim,) = done(await admin.get(f"{library.members}/v1/members?card_number=PIER-1"))["items"]
    assert "PIER" == kim["home_branch"]
