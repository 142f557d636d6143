"""Cards of one member: which is shown, which find the member, and which were lost."""

from datetime import datetime, timedelta

import pytest

from members_service.domain.membership.card import (
    Card,
    CardNotFound,
    CardReplaced,
    CardState,
    CardStopped,
    refusal_of_card,
)
from members_service.domain.membership.card_number import CardNumber
from members_service.domain.membership.history_entry import HistoryEntry, MembershipEventType
from members_service.domain.membership.member import Member
from tests.members.makers import NOW, a_member

T = MembershipEventType
DAYS = [NOW + timedelta(days=day) for day in range(6)]


def with_cards(*numbers: str) -> Member:
    """A member whose cards all work, the last one being the newest."""
    member = a_member(card=numbers[0])
    for day, number in enumerate(numbers[1:], start=1):
        member.add_card(CardNumber.parse(number), by="desk", now=DAYS[day])
    member.take_history_entries()
    return member


def states(member: Member) -> dict[str, CardState]:
    return {card.number.number: card.state for card in member.cards}


def test_a_card_that_is_added_is_shown_and_the_others_go_on_working() -> None:
    member = with_cards("plastic")

    member.add_card(CardNumber.parse("phone"), by="desk", reason="Wants both.", now=DAYS[1])

    assert {"plastic": CardState.ACTIVE, "phone": CardState.ACTIVE} == states(member)
    assert ("phone", None, [False, True]) == (
        member.card.number,
        member.card_stopped_at,
        [card.is_shown for card in member.cards],
    )
    assert [HistoryEntry(T.CARD_ADDED, DAYS[1], "desk", "Wants both.")] == member.take_history_entries()
    assert DAYS[1] == member.cards[0].merged_at, "a release that knows of no cards kept besides finds it by this"


def test_a_new_card_in_place_of_the_old_ones_ends_all_of_them() -> None:
    member = with_cards("plastic", "phone")

    member.replace_card(CardNumber.parse("new"), now=DAYS[2])

    assert {"plastic": CardState.REPLACED, "phone": CardState.REPLACED, "new": CardState.ACTIVE} == states(member)


def test_a_lost_card_stops_and_another_one_that_works_is_shown() -> None:
    member = with_cards("first", "second", "third")

    member.stop_card("third", by="desk", reason="On the tram.", now=DAYS[3])

    assert {"first": CardState.ACTIVE, "second": CardState.ACTIVE, "third": CardState.STOPPED} == states(member)
    assert ("second", None) == (member.card.number, member.card_stopped_at)
    assert [HistoryEntry(T.CARD_STOPPED, DAYS[3], "desk", "On the tram.")] == member.take_history_entries()


def test_a_card_kept_beside_is_shown_rather_than_one_of_a_merged_record() -> None:
    member = with_cards("kept", "shown")
    merged = Card(number=CardNumber.parse("merged"), issued_at=DAYS[5])
    merged.merged_at = DAYS[5]
    member.cards.append(merged)

    member.stop_card("shown", now=DAYS[5])

    assert ("kept", DAYS[5]) == (member.card.number, merged.merged_at)


def test_stopping_a_card_that_is_not_shown_leaves_the_one_that_is() -> None:
    member = with_cards("plastic", "phone")

    member.stop_card("plastic", now=DAYS[2])

    assert ("phone", CardState.STOPPED) == (member.card.number, states(member)["plastic"])


def test_the_only_card_stays_shown_as_stopped_until_there_is_a_new_one() -> None:
    member = with_cards("only")

    member.stop_card("only", now=DAYS[1])
    assert ("only", DAYS[1]) == (member.card.number, member.card_stopped_at)

    member.add_card(CardNumber.parse("new"), now=DAYS[2])
    assert ("new", None) == (member.card.number, member.card_stopped_at)
    assert {"only": CardState.STOPPED, "new": CardState.ACTIVE} == states(member)


def test_a_card_is_stopped_once_and_only_by_its_own_number() -> None:
    member = with_cards("only")
    member.stop_card("only", now=DAYS[1])
    version = member.version

    member.stop_card("only", now=DAYS[2])
    with pytest.raises(CardNotFound):
        member.stop_card("another", now=DAYS[2])

    assert (version, DAYS[1]) == (member.version, member.card_stopped_at)


@pytest.mark.parametrize(
    ("replaced_at", "stopped_at", "refusal"),
    [(None, None, None), (NOW, None, CardReplaced), (None, NOW, CardStopped), (NOW, NOW, CardStopped)],
)
def test_a_card_that_finds_nobody_says_why(
    replaced_at: datetime | None, stopped_at: datetime | None, refusal: type[Exception] | None
) -> None:
    found = refusal_of_card(replaced_at=replaced_at, stopped_at=stopped_at)

    assert refusal == (None if found is None else type(found))
