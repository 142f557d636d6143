"""What is sent, and what became of it, over HTTP."""

from datetime import timedelta
from uuid import UUID

from members_service.domain.identity.roles import Role
from members_service.domain.notices.kinds import NoticeKind
from members_service.domain.notices.message import Outcome
from members_service.domain.notices.notice import Occurrence
from members_service.wiring.ports import unit_of_work_factory
from shared.kernel.ids import new_id
from shared.tasks import WakeUp
from tests.members.api.conftest import Service
from tests.members.api.notices.sending import sent, switch


async def test_nothing_is_sent_until_the_library_says_so_and_each_change_is_another_version(service: Service) -> None:
    first = (await service.get("/v1/notice-settings")).json()

    await switch(service, "on")

    now = (await service.get("/v1/notice-settings")).json()
    stale = await service.request("PUT", "/v1/notice-settings", {"mode": "off"}, if_match='"0"')
    assert ("off", 0, None) == (first["mode"], first["version"], first["on_since"])
    assert ("on", 1) == (now["mode"], now["version"])
    assert now["on_since"] is not None
    assert 412 == stale.status_code


async def test_settings_that_make_no_sense_are_refused(service: Service) -> None:
    for wrong in (
        {"mode": "loud"},
        {"mode": "on", "windows": {"holds": -1}},
        {"mode": "on", "daily_at": "24:00"},
        {"mode": "on", "sender": "nobody"},
        {"mode": "on", "kinds": {"gossip": "on"}},
        {"mode": "on", "ways": []},
    ):
        answer = await service.request("PUT", "/v1/notice-settings", wrong)
        assert 422 == answer.status_code, wrong


async def test_what_is_uncertain_is_listed_and_repeated_once(service: Service) -> None:
    await switch(service, "on")
    ada = await service.enrol(email=None)
    id = await sent(service, ada["member_id"], Outcome.UNANSWERED)

    (listed,) = (await service.get("/v1/messages?state=uncertain&kind=hold_ready")).json()["items"]
    again = await service.request("POST", f"/v1/messages/{id}/repeat")
    twice = await service.request("POST", f"/v1/messages/{id}/repeat")

    assert (str(id), "no-answer", "It is ready.") == (listed["message_id"], listed["why"], listed["text"])
    assert (201, "ready") == (again.status_code, again.json()["state"])
    assert (409, "message-not-repeatable") == (twice.status_code, twice.json()["code"])
    (notice,) = (await service.get(f"/v1/notices?member_id={ada['member_id']}")).json()["items"]
    assert again.json()["message_id"] == notice["message_id"]


async def test_after_a_hard_bounce_the_notice_looks_for_its_next_way(service: Service) -> None:
    await switch(service, "on")
    ada = await service.enrol(email=None)
    id = await sent(service, ada["member_id"], Outcome.ACCEPTED)
    bounce = {"kind": "hard", "message_id": str(id), "status": "5.1.1"}

    noted = await service.request("POST", "/v1/bounces", bounce)
    again = await service.request("POST", "/v1/bounces", bounce)

    assert {"message_id": str(id), "suppressed": True, "goes_another_way": True} == noted.json()
    assert again.json()["goes_another_way"] is False
    (notice,) = (await service.get("/v1/notices?state=pending")).json()["items"]
    assert notice["message_id"] is None
    ((message, state),) = [
        (one["message_id"], one["state"]) for one in (await service.get("/v1/messages")).json()["items"]
    ]
    assert (str(id), "bounced") == (message, state)


async def test_members_see_their_own_messages_alone(service: Service) -> None:
    await switch(service, "on")
    ada, ben = await service.enrol(), await service.enrol()
    await sent(service, ada["member_id"], Outcome.ACCEPTED)

    hers, his = [
        (await service.get("/v1/members/me/messages", token=service.token(Role.MEMBER, member_id=one["member_id"])))
        for one in (ada, ben)
    ]

    assert [["hold_ready"]] == [one["kinds"] for one in hers.json()["items"]]
    assert [] == his.json()["items"]


async def test_an_export_has_what_was_written_to_somebody_and_about_what(service: Service) -> None:
    await switch(service, "on")
    ada = await service.enrol(email=None)
    await sent(service, ada["member_id"], Outcome.ACCEPTED)

    found = (await service.get(f"/v1/members/{ada['member_id']}/export")).json()

    assert [("It is ready.", "handed_over")] == [(one["text"], one["state"]) for one in found["messages"]]
    assert [("hold_ready", "bundled")] == [(one["kind"], one["state"]) for one in found["notices"]]
    assert 0 == found["notice_preferences"]["version"]


async def test_what_is_to_go_out_is_counted(service: Service) -> None:
    await switch(service, "shadow")
    ada = await service.enrol()
    unit_of_work = unit_of_work_factory(service.database, service.data_keys, service.clock, WakeUp())
    async with unit_of_work() as uow:
        for _ in range(3):
            uow.notify(Occurrence(UUID(ada["member_id"]), NoticeKind.OVERDUE, new_id(), service.clock.now(), stage=1))
        await uow.commit()

    soon = (await service.get("/v1/notices/forecast?days=2")).json()
    service.clock.pass_by(-timedelta(days=1))

    assert [{"kind": "overdue", "branch": None, "way": None, "count": 3}] == soon["rows"]
