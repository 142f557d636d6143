"""Messages that desks show when a member's card is scanned."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from members_service.domain.identity.roles import Role
from tests.members.api.conftest import Service

KIM = UUID("0193c2f4-7a10-7cc1-8f2e-5a1d3b9c7e01")


async def written(service: Service, member: dict[str, Any], **message: Any) -> dict[str, Any]:
    path = f"/v1/members/{member['member_id']}/desk-messages"
    answer = await service.request("POST", path, message, token=service.token(Role.LIBRARIAN, subject=KIM))
    assert 201 == answer.status_code, answer.text
    found: dict[str, Any] = answer.json()
    assert f"{path}/{found['message_id']}" == answer.headers["location"]
    return found


async def notes_of(service: Service, member: dict[str, Any]) -> list[dict[str, Any]]:
    by_id = (await service.standing(member_id=member["member_id"])).json()
    by_card = (await service.standing(card_number=member["card_number"])).json()
    assert by_id == by_card
    notes: list[dict[str, Any]] = by_id["notes"]
    return notes


async def test_a_message_is_shown_with_the_standing_until_it_is_done(service_on_either: Service) -> None:
    service = service_on_either
    ada, kim = await service.enrol(), await service.enrol()
    path = f"/v1/members/{ada['member_id']}"
    for action in ("hold", "renew"):
        await service.request("POST", f"{path}/blocks", {"action": action, "reason": "Wet books."})
    await written(service, kim, text="Somebody else's.")

    glasses = await written(service, ada, text="Her glasses were found.", branch="main")
    await written(service, ada, text="Ask for her new address.", until=service.day(2))
    before = await notes_of(service, ada)
    read = await service.request("POST", f"{path}/desk-messages/{glasses['message_id']}/read")
    between = await notes_of(service, ada)
    done = await service.request("POST", f"{path}/desk-messages/{glasses['message_id']}/done")

    assert (
        [
            {"text": "Her glasses were found.", "branch": "MAIN"},
            {"text": "Ask for her new address.", "until": service.day(2)},
        ]
        == before
        == between
    )
    assert (200, 200) == (read.status_code, done.status_code)
    assert ["Ask for her new address."] == [note["text"] for note in await notes_of(service, ada)]
    refusals = (await service.standing(member_id=ada["member_id"])).json()["refusals"]
    assert ["renew", "hold"] == [each["actions"][0] for each in refusals], "each block once, whatever is to be said"


async def test_a_message_is_shown_through_its_last_day(service: Service) -> None:
    ada = await service.enrol()
    await written(service, ada, text="Her glasses.", until=service.day(0))

    today = await notes_of(service, ada)
    service.clock.pass_by(timedelta(days=1))

    assert (["Her glasses."], []) == ([note["text"] for note in today], await notes_of(service, ada))


async def test_the_list_says_who_wrote_read_and_did_what(service_on_either: Service) -> None:
    service = service_on_either
    ada = await service.enrol()
    path = f"/v1/members/{ada['member_id']}/desk-messages"
    first, second = [await written(service, ada, text=text) for text in ("Her glasses.", "Her new address.")]
    desk = service.token(Role.LIBRARIAN, subject=KIM)

    await service.request("POST", f"{path}/{first['message_id']}/read", token=desk)
    await service.request("POST", f"{path}/{first['message_id']}/done", token=desk)

    page = (await service.get(f"{path}?limit=1")).json()
    rest = (await service.get(f"{path}?limit=1&cursor={page['next_cursor']}")).json()
    (finished, still_open) = [(await service.get(f"{path}?done={flag}")).json()["items"] for flag in ("true", "false")]
    (shown,) = page["items"]
    assert [str(KIM)] * 3 == [shown[f"{what}_by"] for what in ("written", "read", "done")]
    assert None not in (shown["written_at"], shown["read_at"], shown["done_at"])
    assert ([second], None) == (rest["items"], rest["next_cursor"])
    assert ([shown], [second]) == (finished, still_open)


async def test_members_are_not_shown_what_staff_say_of_them(service: Service) -> None:
    ada = await service.enrol()
    await written(service, ada, text="Owes us a smile.")
    at = f"/v1/members/{ada['member_id']}"
    own = service.token(Role.MEMBER, member_id=ada["member_id"])

    by_herself = await service.get(f"{at}/export", token=own)
    by_admin = await service.get(f"{at}/export")

    assert [] == by_herself.json()["desk_messages"]
    assert ["Owes us a smile."] == [message["text"] for message in by_admin.json()["desk_messages"]]


async def test_messages_follow_a_record_that_is_merged(service_on_either: Service) -> None:
    service = service_on_either
    gone, stays = await service.enrol(), await service.enrol()
    await written(service, gone, text="Her glasses.")

    await service.request("POST", f"/v1/members/{gone['member_id']}/merge", {"into": stays["member_id"]})

    found = (await service.get(f"/v1/members/{gone['member_id']}/desk-messages")).json()["items"]
    assert [(stays["member_id"], "Her glasses.")] == [(one["member_id"], one["text"]) for one in found]


async def test_a_note_of_the_record_that_is_for_the_desk_is_shown_as_well(service: Service) -> None:
    notes = [{"text": "Ring twice.", "show_at_desk": True}, {"text": "Shouts.", "show_at_desk": False}]
    ada = await service.enrol(notes=notes)
    await written(service, ada, text="Her glasses.")

    assert [{"text": "Ring twice."}, {"text": "Her glasses."}] == await notes_of(service, ada)


async def test_the_newest_twenty_messages_that_still_count_are_shown(service_on_either: Service) -> None:
    service = service_on_either
    ada = await service.enrol()
    await written(service, ada, text="For today.", until=service.day(0))
    for number in range(21):
        await written(service, ada, text=f"Message {number}.")
    await written(service, ada, text="For today as well.", until=service.day(0))

    today = [note["text"] for note in await notes_of(service, ada)]
    service.clock.pass_by(timedelta(days=1))
    tomorrow = [note["text"] for note in await notes_of(service, ada)]

    assert [*(f"Message {number}." for number in range(2, 21)), "For today as well."] == today
    assert [f"Message {number}." for number in range(1, 21)] == tomorrow
