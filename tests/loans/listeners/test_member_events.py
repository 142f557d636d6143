import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from loans_service.application.ports import UnitOfWork
from loans_service.listeners.member_events import LEAVING, NAME, REINSTATED, SCHEMAS, leaving_listener
from shared.kernel.ids import new_id
from shared.messaging.envelope import Incoming, Unreadable, parse
from shared.persistence.database import Database
from tests.loans.branch import Branch
from tests.loans.fakes import SteppingClock
from tests.loans.makers import ADA, NOW

SAMPLES = Path(__file__).parents[2] / "contracts" / "samples"


def _nobody() -> UnitOfWork:
    raise AssertionError("nothing is to be done")


def news(type_: str = LEAVING, sequence: int = 1, **data: Any) -> Incoming:
    usual = {"member_id": str(ADA), "leaving_id": str(new_id())}
    event = {"id": str(new_id()), "source": "/members", "type": type_, "subject": str(ADA)}
    return Incoming(**event, time=NOW, sequence=sequence, data=usual | data)


def test_the_listener_has_the_name_of_its_queue() -> None:
    listener = leaving_listener(_nobody, SteppingClock())

    assert ("loans.members", (LEAVING, REINSTATED)) == (listener.name, listener.types)
    assert NAME == listener.name


@pytest.mark.parametrize("type_", [LEAVING, REINSTATED])
async def test_the_samples_that_members_promises_are_understood(database: Database, type_: str) -> None:
    branch = Branch(database)
    text = (SAMPLES / f"{type_}.json").read_text()
    event = parse(text.encode())

    await leaving_listener(branch.unit_of_work, SteppingClock()).handle(event)

    assert (["loans.borrower.cleared"] if type_ == LEAVING else []) == await branch.events()
    assert [] == list(Draft202012Validator(SCHEMAS[type_]).iter_errors(json.loads(text)["data"]))


async def test_news_that_come_in_the_wrong_order_end_as_they_happened(database: Database) -> None:
    branch = Branch(database)
    listener = leaving_listener(branch.unit_of_work, SteppingClock())

    await listener.handle(news(REINSTATED, sequence=2))
    await listener.handle(news(LEAVING, sequence=1))

    assert [] == await branch.events()


@pytest.mark.parametrize("data", [{"member_id": "17"}, {"member_id": None}, {"leaving_id": ""}, {"leaving_id": 7}])
async def test_what_cannot_be_read_is_refused_for_good(data: dict[str, Any]) -> None:
    with pytest.raises(Unreadable):
        await leaving_listener(_nobody, SteppingClock()).handle(news(**data))
