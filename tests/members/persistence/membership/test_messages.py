import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from members_service.domain.membership.personal_details import Address, PersonalDetails
from members_service.domain.membership.standing import Suspension
from members_service.persistence.membership.messages import JOINED, REINSTATED, SCHEMAS, SUSPENDED, message
from tests.members.makers import NOW, TODAY, TOMORROW, a_member

SAMPLES = Path(__file__).parents[3] / "contracts" / "samples"


def test_every_message_keeps_to_its_schema_and_speaks_of_the_member() -> None:
    member = a_member()
    member.suspend(Suspension("Shouting.", TOMORROW), today=TODAY, now=NOW)
    member.suspend(Suspension("Shouting.", None), today=TODAY, now=NOW)
    member.reinstate(today=TODAY, now=NOW)

    messages = [message(event) for event in member.take_events()]

    assert [JOINED, SUSPENDED, SUSPENDED, REINSTATED] == [sent.type for sent in messages]
    assert {str(member.id)} == {sent.subject for sent in messages}
    assert {"member_id": str(member.id), "until": "2026-03-03"} == messages[1].data
    for sent in messages:
        Draft202012Validator(SCHEMAS[sent.type], format_checker=FormatChecker()).validate(dict(sent.data))


def test_no_message_has_a_word_about_the_person() -> None:
    member = a_member(details=PersonalDetails("+44 20", Address("London"), TODAY))
    member.suspend(Suspension("Shouting.", None), today=TODAY, now=NOW)

    told = json.dumps([dict(message(event).data) for event in member.take_events()])

    for private in ("Ada", "library.example", "20000000000018", "+44", "London", "Shouting"):
        assert private not in told


@pytest.mark.parametrize("type_", sorted(SCHEMAS))
def test_the_sample_of_each_message_keeps_to_its_schema(type_: str) -> None:
    sample = json.loads((SAMPLES / f"{type_}.json").read_text())

    assert (type_, "/members") == (sample["type"], sample["source"])
    assert sample["subject"] == sample["data"]["member_id"]
    Draft202012Validator(SCHEMAS[type_], format_checker=FormatChecker()).validate(sample["data"])
