from datetime import date

import pytest
from stdnum import luhn

from members_service.domain.email import Email, InvalidEmail
from members_service.domain.membership.card_number import CardNumber, InvalidCardNumber, card_key
from members_service.domain.membership.member_events import MemberJoined, MemberReinstated, MemberSuspended
from members_service.domain.membership.member_refusals import EndsInThePast, MemberNotSuspended
from members_service.domain.membership.personal_details import InvalidDateOfBirth, PersonalDetails
from members_service.domain.membership.standing import BlockNotFound, Status, Suspension
from shared.kernel.ids import new_id
from tests.members.makers import CATEGORIES, NOW, TODAY, TOMORROW, YESTERDAY, a_block, a_member

FOR_SHOUTING = Suspension("Shouting.", None)


def test_joining_is_told_without_a_word_about_the_person() -> None:
    member = a_member()

    assert [MemberJoined(member.id, "adult", date(2027, 3, 2), NOW)] == member.take_events()


def test_a_suspended_member_is_reinstated() -> None:
    member = a_member()
    member.take_events()

    member.suspend(FOR_SHOUTING, today=TODAY, now=NOW)
    suspended = member.status(TODAY)
    member.reinstate(today=TODAY, now=NOW)

    assert (Status.SUSPENDED, Status.ACTIVE) == (suspended, member.status(TODAY))
    assert [MemberSuspended(member.id, None, NOW), MemberReinstated(member.id, NOW)] == member.take_events()
    assert 3 == member.version


def test_a_card_that_a_former_system_gave_out_since_works_and_one_of_before_does_not_come_back() -> None:
    member = a_member(card="first")

    for number in ("FIRST", "second", "first", "Second"):
        member.take_over_card(a_member(card=number).card, by="the import", reason="Moved in.", now=NOW)

    assert ["first", "second"] == [card.number.number for card in member.cards]
    assert "second" == member.card.number
    assert ("the import", "Moved in.") == ((kept := member.take_history_entries()[-1]).by, kept.reason)


def test_a_second_suspension_replaces_the_first() -> None:
    member = a_member()
    member.suspend(FOR_SHOUTING, today=TODAY, now=NOW)

    member.suspend(Suspension("Shouting again.", TOMORROW), today=TODAY, now=NOW)

    assert Suspension("Shouting again.", TOMORROW) == member.suspension


@pytest.mark.parametrize("suspension", [None, Suspension("Shouting.", TODAY)])
def test_who_is_not_suspended_any_more_cannot_be_reinstated(suspension: Suspension | None) -> None:
    member = a_member()
    if suspension is not None:
        member.suspend(suspension, today=TODAY, now=NOW)

    with pytest.raises(MemberNotSuspended):
        member.reinstate(today=TOMORROW, now=NOW)


def test_neither_a_suspension_nor_a_block_ends_before_it_begins() -> None:
    member = a_member()

    with pytest.raises(EndsInThePast):
        member.suspend(Suspension("Shouting.", YESTERDAY), today=TODAY, now=NOW)
    with pytest.raises(EndsInThePast):
        member.block(a_block(until=YESTERDAY), today=TODAY)

    assert (None, [], 1) == (member.suspension, member.blocks, member.version)


def test_a_block_is_lifted_by_its_id() -> None:
    member, block = a_member(), a_block()
    member.block(block, today=TODAY)
    member.block(a_block(), today=TODAY)

    member.lift_block(block.id, now=NOW)

    assert 1 == len(member.blocks)
    with pytest.raises(BlockNotFound):
        member.lift_block(block.id, now=NOW)


@pytest.mark.parametrize(
    ("category", "first", "last"),
    [
        ("adult", date(2026, 3, 2), date(2027, 3, 2)),
        ("adult", date(2028, 2, 29), date(2029, 2, 28)),
        ("senior", date(2026, 12, 31), date(2028, 12, 31)),
        ("staff", date(2025, 2, 28), date(2028, 2, 28)),
    ],
)
def test_a_membership_lasts_as_its_category_does(category: str, first: date, last: date) -> None:
    assert last == CATEGORIES[category].last_day(first=first)


@pytest.mark.parametrize("digits", ["000000000000", "000000000001", "123456789012", "555555555555", "999999999999"])
def test_a_drawn_card_number_has_fourteen_digits_and_a_check_digit(digits: str) -> None:
    number = CardNumber.draw(digits).number

    assert number.startswith(f"2{digits}")
    assert 14 == len(number)
    assert luhn.is_valid(number)


@pytest.mark.parametrize("text", ["20000000000018", "A-1", "x", "STAFF/0017", "7"])
def test_a_card_from_another_system_keeps_its_number(text: str) -> None:
    assert text == CardNumber.parse(text).number


def test_a_card_is_the_same_whatever_its_case_and_blanks() -> None:
    assert "ab12" == CardNumber.parse(" aB 12 ").key == card_key(" A b1\t2")


@pytest.mark.parametrize("text", ["", " ", "-1", "1-", "a\0b", "é", "\uff11\uff12", "1" * 33, "a,b", "a\u200bb"])
def test_what_no_scanner_reads_is_no_card_number(text: str) -> None:
    with pytest.raises(InvalidCardNumber):
        CardNumber.parse(text)


@pytest.mark.parametrize(
    "text", ["ada@library.example", " ada+books@mail.library.example ", "o'neil@x.y", "jürgen@bücherei.example"]
)
def test_an_address_is_kept_as_its_owner_writes_it(text: str) -> None:
    assert text.strip() == Email.parse(text).address


def test_an_address_is_the_same_whatever_its_case() -> None:
    assert Email.parse("Ada@LIBRARY.example").key == Email.parse("aDA@library.EXAMPLE").key


@pytest.mark.parametrize(
    "text",
    ["", "ada", "@library.example", "ada@", "ada@library", "a b@x.y", "ada@x..y", "ada@-x.y", "a@b@c.d",
     "ada@x.y\n.z", "ada@x.y\0", "a\u202eb@x.y", f"{'a' * 65}@x.y", f"a@{'b' * 64}.y", f"{'a' * 60}@{'b.' * 100}yy",
     "ada@x.y,bob@x.y"],
)  # fmt: skip
def test_where_nothing_can_be_sent_is_no_address(text: str) -> None:
    with pytest.raises(InvalidEmail):
        Email.parse(text)


@pytest.mark.parametrize("born", [date(1899, 12, 31), TOMORROW])
def test_nobody_is_born_tomorrow_or_as_old_as_the_hills(born: date) -> None:
    with pytest.raises(InvalidDateOfBirth):
        PersonalDetails(date_of_birth=born).check_on(TODAY)


def test_a_baby_born_today_may_join() -> None:
    PersonalDetails(date_of_birth=TODAY).check_on(TODAY)


def test_a_block_that_nobody_placed_cannot_be_lifted() -> None:
    with pytest.raises(BlockNotFound):
        a_member().lift_block(new_id(), now=NOW)


def test_a_card_number_is_not_built_with_the_key_of_another_and_not_drawn_from_too_few_digits() -> None:
    with pytest.raises(ValueError, match=r"^the key does not belong to the number$"):
        CardNumber("20000000000018", "2")
    for digits in ("1" * 11, "1" * 13):
        with pytest.raises(ValueError, match="a card number is drawn from 12 digits"):
            CardNumber.draw(digits)
