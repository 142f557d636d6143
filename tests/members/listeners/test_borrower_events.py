import json
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from jsonschema import Draft202012Validator

from members_service.domain.audit import AuditAction
from members_service.domain.membership.member_events import MemberErased
from members_service.listeners.borrower_events import CLEARED, NAME, SCHEMAS, erasure_listener
from shared.kernel.ids import new_id
from shared.messaging.envelope import Incoming, Unreadable, parse
from tests.members.fakes import FakeUnitOfWork, SteppingClock
from tests.members.makers import ADA, NOW, a_member, an_account

SAMPLE = Path(__file__).parents[2] / "contracts" / "samples" / f"{CLEARED}.json"


def news(**data: Any) -> Incoming:
    usual = {"member_id": str(ADA), "leaving_id": str(new_id())}
    event = {"id": str(new_id()), "source": "/loans", "type": CLEARED, "subject": str(ADA)}
    return Incoming(**event, time=NOW, sequence=1, data=usual | data)


def test_the_listener_has_the_name_of_its_queue() -> None:
    listener = erasure_listener(lambda receipt: FakeUnitOfWork(), SteppingClock())

    assert ("members.farewells", (CLEARED,)) == (listener.name, listener.types)
    assert NAME == listener.name


async def test_the_sample_that_loans_promises_erases_whom_it_names() -> None:
    uow, event = FakeUnitOfWork(), parse(SAMPLE.read_bytes())
    data = json.loads(SAMPLE.read_text())["data"]
    ada = a_member(id=ADA)
    ada.leave(leaving_id := UUID(data["leaving_id"]), now=NOW)
    uow.members.add(ada)
    uow.accounts.add(an_account(member_id=ADA))

    await erasure_listener(lambda receipt: uow, SteppingClock()).handle(event)
    await erasure_listener(lambda receipt: uow, SteppingClock()).handle(event)

    assert ([], leaving_id) == (uow.members.kept, ada.leaving_id)
    assert [MemberErased(ADA, NOW)] == [told for told in uow.events if isinstance(told, MemberErased)]
    assert [AuditAction.ERASED] == [record.action for record in uow.audit.records]
    assert [] == list(Draft202012Validator(SCHEMAS[CLEARED]).iter_errors(data))


async def test_who_did_not_ask_is_not_erased() -> None:
    uow = FakeUnitOfWork()
    uow.members.add(ada := a_member(id=ADA))

    await erasure_listener(lambda receipt: uow, SteppingClock()).handle(news())

    assert [ada] == uow.members.kept


@pytest.mark.parametrize("data", [{"member_id": "17"}, {"member_id": None}, {"leaving_id": ""}, {"leaving_id": 7}])
async def test_what_cannot_be_read_is_refused_for_good(data: dict[str, Any]) -> None:
    with pytest.raises(Unreadable):
        await erasure_listener(lambda receipt: FakeUnitOfWork(), SteppingClock()).handle(news(**data))
