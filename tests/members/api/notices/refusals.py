"""How a client is refused what it asks of messages, and of how they are sent."""

from uuid import uuid4

import httpx

from members_service.application.notices.change_settings import PutSettings
from members_service.application.notices.note_bounce import NoteBounce
from members_service.application.notices.repeat_message import RepeatMessage
from members_service.domain.notices.message import Outcome
from tests.members.api.conftest import Service
from tests.members.api.notices.sending import sent, switch
from tests.refusals import Tables


async def put_over_others(service: Service) -> httpx.Response:
    await switch(service, "on")
    return await service.request("PUT", "/v1/notice-settings", {"mode": "off"}, if_match='"0"')


async def repeat_what_arrived(service: Service) -> httpx.Response:
    await switch(service, "on")
    id = await sent(service, (await service.enrol())["member_id"], Outcome.ACCEPTED)
    return await service.request("POST", f"/v1/messages/{id}/repeat")


async def note_bounce_of_nothing(service: Service) -> httpx.Response:
    return await service.request("POST", "/v1/bounces", {"kind": "hard", "message_id": str(uuid4())})


TABLES: Tables[Service] = {
    PutSettings: {"out-of-date": put_over_others},
    RepeatMessage: {
        "message-not-found": lambda service: service.request("POST", f"/v1/messages/{uuid4()}/repeat"),
        "message-not-repeatable": repeat_what_arrived,
    },
    NoteBounce: {"message-not-found": note_bounce_of_nothing},
}
