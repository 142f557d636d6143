import json
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from jsonschema import Draft202012Validator

from members_service.domain.audit import AuditAction
from members_service.domain.unknown_member import MemberNotFound
from members_service.listeners.borrower_events import CLEARED, NAME, SCHEMAS, erasure_listener
from shared.kernel.ids import new_id
from shared.messaging.envelope import Incoming, UnreadableMessage, parse
from tests.members.makers import ADA, NOW, TODAY, a_member, an_account
from tests.members.register import Register

SAMPLE = Path(__file__).parents[2] / "contracts" / "samples" / f"{CLEARED}.json"


def news(**data: Any) -> Incoming:
    usual = {"member_id": str(ADA), "leaving_id": str(new_id())}
    event: dict[str, Any] = {"id": str(new_id()), "source": "/loans", "type": CLEARED, "subject": str(ADA)}
    return Incoming(**event, time=NOW, sequence=1, data=usual | data)


def test_the_listener_has_the_name_of_its_queue(register: Register) -> None:
    listener = erasure_listener(register.privacy.erase_member)

    assert ("members.farewells", (CLEARED,)) == (listener.name, listener.types)
    assert NAME == listener.name


async def test_the_sample_that_loans_promises_erases_whom_it_names(register: Register) -> None:
    event = parse(SAMPLE.read_bytes())
    data = json.loads(SAMPLE.read_text())["data"]
    ada = a_member(id=UUID(data["member_id"]))
    ada.leave(UUID(data["leaving_id"]), now=NOW)
    await register.keep(ada, an_account(member_id=ada.id))

    await erasure_listener(register.privacy.erase_member).handle(event)
    await erasure_listener(register.privacy.erase_member).handle(event)

    with pytest.raises(MemberNotFound):
        await register.members.member(ada.id, today=TODAY)
    assert ["joined", "leaving", "erased"] == await register.event_types()
    assert [AuditAction.ERASED] == [record.action for record in await register.audited()]
    assert [] == list(Draft202012Validator(SCHEMAS[CLEARED]).iter_errors(data))


async def test_who_did_not_ask_is_not_erased(register: Register) -> None:
    await register.keep(a_member(id=ADA))

    await erasure_listener(register.privacy.erase_member).handle(news())

    assert "active" == (await register.members.member(ADA, today=TODAY)).status


@pytest.mark.parametrize("data", [{"member_id": "17"}, {"member_id": None}, {"leaving_id": ""}, {"leaving_id": 7}])
async def test_what_cannot_be_read_is_refused_for_good(register: Register, data: dict[str, Any]) -> None:
    with pytest.raises(UnreadableMessage):
        await erasure_listener(register.privacy.erase_member).handle(news(**data))
