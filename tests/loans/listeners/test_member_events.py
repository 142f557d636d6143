import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from loans_service.application.fines.charge_fees import FeeOwed, FeesNews
from loans_service.application.privacy.follow_member import CategoryNews, HistoryNews, MergedMembersNews
from loans_service.listeners.member_events import (
    CATEGORY_CHANGED,
    HISTORY_CHOSEN,
    JOINED,
    LEAVING,
    MERGED,
    NAME,
    REINSTATED,
    RENEWED,
    SCHEMAS,
    members_listener,
)
from shared.kernel.ids import new_id
from shared.messaging.bus import Listener
from shared.messaging.envelope import Incoming, UnreadableMessage, parse
from tests.loans.makers import ADA, NOW

SAMPLES = Path(__file__).parents[2] / "contracts" / "samples"


def news(type_: str = LEAVING, sequence: int = 1, **data: Any) -> Incoming:
    usual = {"member_id": str(ADA), "leaving_id": str(new_id())}
    event: dict[str, Any] = {"id": str(new_id()), "source": "/members", "type": type_, "subject": str(ADA)}
    return Incoming(**event, time=NOW, sequence=sequence, data=usual | data)


class Heard:
    """Remembers the news instead of acting on it."""

    def __init__(self) -> None:
        self.news: list[Any] = []

    async def __call__(self, news: Any, *, listener: str) -> None:
        assert listener == NAME
        self.news.append(news)


def listening(heard: Heard) -> Listener:
    return members_listener(heard, heard, heard, heard, heard)


def test_the_listener_has_the_name_of_its_queue() -> None:
    listener = listening(Heard())

    assert ("loans.members", (LEAVING, REINSTATED, MERGED, CATEGORY_CHANGED, HISTORY_CHOSEN, JOINED, RENEWED)) == (
        listener.name,
        listener.types,
    )
    assert NAME == listener.name


@pytest.mark.parametrize("type_", [LEAVING, REINSTATED])
async def test_the_samples_that_members_promises_are_understood(type_: str) -> None:
    heard = Heard()
    text = (SAMPLES / f"{type_}.json").read_text()
    event = parse(text.encode())

    await listening(heard).handle(event)

    (told,) = heard.news
    assert (event.data["leaving_id"] if type_ == LEAVING else "None") == str(told.leaving_id)
    assert (event.data["member_id"], event.id) == (str(told.member_id), told.message_id)
    assert [] == list(Draft202012Validator(SCHEMAS[type_]).iter_errors(json.loads(text)["data"]))


@pytest.mark.parametrize("data", [{"member_id": "17"}, {"member_id": None}, {"leaving_id": ""}, {"leaving_id": 7}])
async def test_what_cannot_be_read_is_refused_for_good(data: dict[str, Any]) -> None:
    with pytest.raises(UnreadableMessage):
        await listening(Heard()).handle(news(**data))


async def test_a_merger_a_category_and_a_choice_are_understood_as_members_promises_them() -> None:
    heard = Heard()
    for type_ in (MERGED, CATEGORY_CHANGED, HISTORY_CHOSEN):
        await listening(heard).handle(parse((SAMPLES / f"{type_}.json").read_bytes()))

    merged, changed, chosen = heard.news
    assert isinstance(merged, MergedMembersNews)
    assert (True, "adult") == (merged.into != merged.member_id, merged.category)
    assert isinstance(changed, CategoryNews)
    assert "student" == changed.category
    assert isinstance(chosen, HistoryNews)
    assert (chosen.keep, chosen.forget) == (False, True)


@pytest.mark.parametrize(("type_", "kind"), [(JOINED, "enrolment"), (RENEWED, "membership")])
async def test_the_fees_of_a_membership_are_understood_as_members_promises_them(type_: str, kind: str) -> None:
    heard = Heard()

    await listening(heard).handle(event := parse((SAMPLES / f"{type_}.json").read_bytes()))
    await listening(heard).handle(news(type_))

    with_fees, without = heard.news
    assert FeesNews(event.id, ADA, (FeeOwed(kind, 500, "EUR"),)) == with_fees
    assert (ADA, ()) == (without.member_id, without.fees)


@pytest.mark.parametrize(
    "change",
    [
        *({"kind": kind} for kind in ("", "a" * 21, "a\0", "Fee!", None)),
        *({"amount": amount} for amount in (0, -1, 2**31, 10**400, 1.5, "many", None)),
        *({"currency": currency} for currency in ("", "EURO", "eur", "E\0R")),
    ],
)
async def test_a_fee_that_cannot_be_is_refused_for_good_and_the_next_one_is_heard(change: dict[str, Any]) -> None:
    heard, fee = Heard(), {"kind": "enrolment", "amount": 2**31 - 1}

    with pytest.raises(UnreadableMessage):
        await listening(heard).handle(news(JOINED, fees=[fee, fee | change]))
    with pytest.raises(UnreadableMessage):
        await listening(heard).handle(news(JOINED, fees=[fee] * 21))
    await listening(heard).handle(news(JOINED, fees=[fee] * 20))

    (known,) = heard.news
    assert (FeeOwed("enrolment", 2**31 - 1),) * 20 == known.fees


@pytest.mark.parametrize("data", [{"reading_history": "burn"}, {}], ids=["another", "none"])
async def test_a_choice_that_is_none_is_refused_for_good(data: dict[str, Any]) -> None:
    with pytest.raises(UnreadableMessage):
        await listening(Heard()).handle(news(HISTORY_CHOSEN, **data))
