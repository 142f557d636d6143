"""What staff decide on a membership is not their own: a colleague does it."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from members_service.api.access import ACCESS
from members_service.domain.identity.roles import Role
from tests.members.api.conftest import Service
from tests.members.makers import scopes_of

Act = Callable[[str], Awaitable[httpx.Response]]
"""Does it with a token."""
Way = Callable[[Service, str], Awaitable[Act]]
"""What somebody of the staff would do to the record of this id, which is her own."""


def change(**fields: Any) -> Way:
    async def arrange(service: Service, own: str) -> Act:
        return lambda token: service.request("PATCH", f"/v1/members/{own}", fields, token=token, If_Match="*")

    return arrange


def post(act: str, body: dict[str, Any] | None = None, *before: str) -> Way:
    async def arrange(service: Service, own: str) -> Act:
        for each in before:
            answer = await service.request("POST", f"/v1/members/{own}/{each}", {"reason": "Shouting."})
            assert answer.is_success, answer.text
        return lambda token: service.request("POST", f"/v1/members/{own}/{act}", body or {}, token=token)

    return arrange


async def lift(service: Service, own: str) -> Act:
    path = f"/v1/members/{own}/blocks"
    block = (await service.request("POST", path, {"action": "borrow", "reason": "Shouting."})).json()
    return lambda token: service.request("DELETE", f"{path}/{block['block_id']}", token=token)


async def finish(service: Service, own: str) -> Act:
    path = f"/v1/members/{own}/desk-messages"
    written = (await service.request("POST", path, {"text": "Owes us a smile."})).json()
    return lambda token: service.request("POST", f"{path}/{written['message_id']}/done", token=token)


JPEG = b"\xff\xd8\xff\xe0"


async def put_photo(service: Service, own: str) -> Act:
    def act(token: str) -> Awaitable[httpx.Response]:
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "image/jpeg"}
        return service.http.put(f"/v1/members/{own}/photo", content=JPEG, headers=headers)

    return act


async def remove_photo(service: Service, own: str) -> Act:
    await (await put_photo(service, own))(service.token(Role.ADMIN))
    return lambda token: service.request("DELETE", f"/v1/members/{own}/photo", token=token)


async def merge_away(service: Service, own: str) -> Act:
    other = (await service.enrol())["member_id"]
    return lambda token: service.request("POST", f"/v1/members/{own}/merge", {"into": other}, token=token)


async def merge_in(service: Service, own: str) -> Act:
    other = (await service.enrol())["member_id"]
    return lambda token: service.request("POST", f"/v1/members/{other}/merge", {"into": own}, token=token)


OWN_ACTS: dict[str, list[Way]] = {
    "change_member": [
        change(category="staff"),
        change(expires_on="2040-01-01"),
        change(date_of_birth="1990-01-01"),
        change(notes=[]),
        change(phone="1", name="Somebody Else"),
    ],
    "renew_membership": [post("renew")],
    "merge_members": [merge_away, merge_in],
    "suspend_member": [post("suspend", {"reason": "For a day."}, "suspend")],
    "reinstate_member": [post("reinstate", None, "suspend")],
    "lift_block": [lift],
    "put_photo": [put_photo],
    "remove_photo": [remove_photo],
    "finish_desk_message": [finish],
}
"""By operation, how somebody of the staff would decide on her own membership."""

NOBODY_IS_SPARED = {
    "accept_application": "as enrol_member, and by what somebody else has said",
    "reject_application": "a new record is had at the desk all the same",
    "enrol_member": "a new record has no past; that it is a second one of a person, the list of duplicates tells",
    "replace_card": "one number in place of another, and whoever finds the old one is told",
    "stop_card": "it takes from whom it concerns",
    "print_member_cards": "it prints the card that works; nothing changes",
    "set_pin": "one's own secret; it spares nothing",
    "block_member": "it takes from whom it concerns",
    "put_notice_template": "it counts for everybody who is written to, and each version is kept",
    "remove_notice_template": "it counts for everybody who is written to, and each version is kept",
    "preview_notice": "nothing is sent, and nothing changes",
    "change_notice_preferences": "a member may choose it, and what one has to know goes out all the same",
    "order_letters": "what is printed tells; it spares nobody",
    "put_notice_defaults": "they count for everybody of a category who chooses nothing",
    "put_notice_settings": "they count for the whole library",
    "repeat_message": "it says the same once more, and spares nobody what it says",
    "note_bounce": "what must be said goes another way",
    "apply_notice_defaults": "they count for everybody of a category who chooses nothing",
    "write_desk_message": "it adds to what colleagues read",
    "read_desk_message": "it goes on being shown",
    "begin_erasure": "a member may ask for it",
    "put_categories": "they count for everybody, and each version is kept",
    "start_member_import": "a file of the whole library; who brought which is on record",
    "undo_member_import": "it takes away whom a file brought and nobody uses; the audit trail tells",
    "put_member_import_profile": "it counts for the files of the whole library",
    "remove_member_import_profile": "it counts for the files of the whole library",
    "create_account": "an account has no membership to decide on; the audit trail tells of it",
    "change_account": "rights of an admin are all there are, and an account keeps its member; the audit trail tells",
    "reset_account_password": "one's own secret; it spares nothing",
    "reset_member_password": "one's own secret; it spares nothing",
    "grant_role": "nobody gives what they do not hold, to themselves neither; the audit trail tells",
    "revoke_role": "it takes from whom it concerns",
    "import_rights_matrix": "as put_role, grant_role and revoke_role, each of them on record",
    "put_role": "nobody puts in what they do not hold; the audit trail tells",
    "remove_role": "nobody has it any more",
    "explain_right": "it tells, and changes nothing",
    "put_identity_provider": "it counts for everybody who signs in by it; the audit trail tells",
    "remove_identity_provider": "it counts for everybody who signs in by it; the audit trail tells",
    "try_identity_provider": "it signs nobody in",
    "recount_statistics_of_members": "it counts anew what has happened",
    "remove_second_factor": "how one signs in; the audit trail tells of it",
}
"""Operations by which staff change something that need no colleague, and why."""


def test_each_act_of_staff_either_needs_a_colleague_or_spares_nobody_anything(service: Service) -> None:
    changing = {
        operation["operationId"]
        for path in service.app.openapi()["paths"].values()
        for method, operation in path.items()
        if method in {"post", "put", "patch", "delete"}
    }
    scopes = scopes_of([Role.ADMIN])
    of_staff = {name for name, row in ACCESS.items() if name in changing and not scopes.isdisjoint(row.scopes)}

    assert of_staff == OWN_ACTS.keys() | NOBODY_IS_SPARED.keys()
    assert not OWN_ACTS.keys() & NOBODY_IS_SPARED.keys()


@pytest.mark.parametrize(("name", "way"), [(name, way) for name, ways in OWN_ACTS.items() for way in range(len(ways))])
async def test_nobody_of_the_staff_decides_on_their_own_membership(service: Service, name: str, way: int) -> None:
    own = (await service.enrol())["member_id"]
    act = await OWN_ACTS[name][way](service, own)

    refused = await act(service.token(Role.ADMIN, member_id=own))
    by_a_colleague = await act(service.token(Role.ADMIN))

    assert (403, "four-eyes") == (refused.status_code, refused.json()["code"])
    assert by_a_colleague.is_success, by_a_colleague.text


async def test_the_id_of_a_record_that_was_merged_is_ones_own_too(service: Service) -> None:
    old, own = (await service.enrol())["member_id"], (await service.enrol())["member_id"]
    assert (await service.request("POST", f"/v1/members/{old}/merge", {"into": own})).is_success

    refused = await service.request(
        "POST", f"/v1/members/{old}/renew", {}, token=service.token(Role.ADMIN, member_id=own)
    )

    assert (403, "four-eyes") == (refused.status_code, refused.json()["code"])


async def test_staff_change_how_to_reach_themselves(service: Service) -> None:
    own = (await service.enrol())["member_id"]
    herself = service.token(Role.LIBRARIAN, member_id=own)

    changed = await service.request("PATCH", f"/v1/members/{own}", {"phone": "12"}, token=herself, If_Match="*")

    assert (200, "12") == (changed.status_code, changed.json()["phone"])
