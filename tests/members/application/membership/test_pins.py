import asyncio
from datetime import timedelta

import pytest

from members_service.application.membership.cards.replace_card import GiveCard
from members_service.application.membership.cards.set_pin import NewPin, OwnPin
from members_service.application.membership.cards.verify_pin import CardAndPin
from members_service.application.membership.merge_members import Merge
from members_service.domain.audit import AuditAction
from members_service.domain.identity.attempts import PINS, WRONG_PINS_AT_CLIENT, WRONG_PINS_OF_END_USER
from members_service.domain.owner_check import PinLocked, SignInTooOld, TooManyAttempts
from members_service.domain.pin import InvalidPin, WrongCardOrPin, WrongPin
from tests.members.makers import ADA, TODAY, a_member, a_session, an_account
from tests.members.register import Register

CARD = "20000000000018"


@pytest.fixture
async def register(register: Register) -> Register:
    await register.keep(a_member(id=ADA))
    await register.membership.set_pin(NewPin(ADA, "4819", "the desk"))
    return register


async def wrong(register: Register, card: str = CARD, pin: str = "0000", *, machine: str = "catalogue") -> None:
    with pytest.raises(WrongCardOrPin):
        await register.membership.verify_pin(CardAndPin(card, pin, machine))


async def test_whoever_has_card_and_pin_may_act_at_that_machine_for_two_minutes(register: Register) -> None:
    verified = await register.membership.verify_pin(CardAndPin(" 2000 0000 000018", "4819", "kiosk"))

    assert (ADA, 120) == (verified.member_id, verified.expires_in)


@pytest.mark.parametrize(("card", "pin"), [(CARD, "2469"), (CARD, ""), ("NOBODY", "4819"), ("", ""), ("KIM", "4819")])
async def test_a_wrong_card_and_a_wrong_pin_are_refused_alike_and_as_slowly(
    register: Register, card: str, pin: str
) -> None:
    await register.keep(a_member(card="KIM", email=None))

    await wrong(register, card, pin)

    assert 1 == register.passwords.verified


async def test_a_replaced_card_proves_nothing_and_the_new_one_has_the_same_pin(register: Register) -> None:
    await register.membership.replace_card(GiveCard(ADA, "ADA-2"))

    await wrong(register, CARD, "4819")
    assert ADA == (await register.membership.verify_pin(CardAndPin("ADA-2", "4819", "kiosk"))).member_id


async def test_wrong_tries_are_counted_for_the_card_at_all_machines_together(register: Register) -> None:
    for number in range(5):
        await wrong(register, machine=f"kiosk {number}")

    with pytest.raises(PinLocked):
        await register.membership.verify_pin(CardAndPin(CARD, "4819", "desk"))


async def test_a_lock_is_the_same_for_a_card_of_nobody(register: Register) -> None:
    for _ in range(PINS.tries):
        await wrong(register, card="NOBODY")

    with pytest.raises(PinLocked) as locked:
        await register.membership.verify_pin(CardAndPin("NOBODY", "4819", "kiosk"))

    assert timedelta() < locked.value.retry_after <= PINS.every


async def test_all_cards_of_one_member_have_the_same_tries(register: Register) -> None:
    await register.keep(other := a_member(card="OLD", email=None))
    await register.membership.merge_members(Merge(other.id, ADA, "the desk"))
    for card in (CARD, "OLD", "old", CARD, "OLD"):
        await wrong(register, card=card)

    with pytest.raises(PinLocked):
        await register.membership.verify_pin(CardAndPin("OLD", "4819", "kiosk"))


async def test_a_new_pin_from_the_desk_lifts_the_lock(register: Register) -> None:
    for _ in range(PINS.tries):
        await wrong(register)

    await register.membership.set_pin(NewPin(ADA, "9753", "the desk"))

    assert ADA == (await register.membership.verify_pin(CardAndPin(CARD, "9753", "kiosk"))).member_id


async def test_right_ones_are_given_back(register: Register) -> None:
    for _ in range(12):
        await register.membership.verify_pin(CardAndPin(CARD, "4819", "kiosk"))


async def test_while_somebody_guesses_at_a_client_only_cards_wait_that_failed_there_lately(register: Register) -> None:
    await register.enrol(email=None, card_number="KIM", pin="9753")
    await wrong(register, card="KIM")
    for number in range(WRONG_PINS_AT_CLIENT.tries):
        await wrong(register, card=f"CARD {number}")

    for card, pin in (("KIM", "9753"), ("CARD 1", "0000")):
        with pytest.raises(TooManyAttempts):
            await register.membership.verify_pin(CardAndPin(card, pin, "catalogue"))
    for _ in range(3):
        assert ADA == (await register.membership.verify_pin(CardAndPin(CARD, "4819", "catalogue"))).member_id


async def test_a_visitor_who_guesses_waits_and_nobody_else_does(register: Register) -> None:
    for number in range(WRONG_PINS_OF_END_USER.tries):
        with pytest.raises(WrongCardOrPin):
            await register.membership.verify_pin(CardAndPin(f"C{number}", "4819", "catalogue", end_user="203.0.113.9"))

    with pytest.raises(TooManyAttempts):
        await register.membership.verify_pin(CardAndPin(CARD, "4819", "catalogue", end_user="203.0.113.9"))
    for end_user in ("203.0.113.10", "2001:db8::1", None):
        found = await register.membership.verify_pin(CardAndPin(CARD, "4819", "catalogue", end_user=end_user))
        assert ADA == found.member_id


async def test_from_where_the_right_pin_came_before_no_stranger_locks_it(register: Register) -> None:
    at_home = CardAndPin(CARD, "4819", "catalogue", end_user="203.0.113.9")
    await register.membership.verify_pin(at_home)
    for number in range(WRONG_PINS_OF_END_USER.tries):
        with pytest.raises(WrongCardOrPin):
            await register.membership.verify_pin(CardAndPin(f"C{number}", "4819", "catalogue", end_user="203.0.113.9"))
    for _ in range(PINS.tries):
        await wrong(register)

    with pytest.raises(PinLocked):
        await register.membership.verify_pin(CardAndPin(CARD, "4819", "kiosk"))
    assert ADA == (await register.membership.verify_pin(at_home)).member_id


async def test_people_at_many_machines_of_one_client_are_not_taken_for_one_who_guesses(register: Register) -> None:
    cards = [f"CARD {number}" for number in range(WRONG_PINS_AT_CLIENT.tries + 1)]
    for card in cards:
        await register.enrol(email=None, card_number=card, pin="4819")

    at_once = (register.membership.verify_pin(CardAndPin(card, "4819", "kiosk")) for card in cards)

    assert len(cards) == len(await asyncio.gather(*at_once))


async def test_a_wrong_try_is_a_record_with_the_machine(register: Register) -> None:
    await wrong(register)

    record = (await register.audited())[-1]
    assert (AuditAction.PIN_FAILED, "catalogue", ADA) == (record.action, record.client_id, record.member_id)


@pytest.mark.parametrize("pin", ["", "123", "123456789", "12a4", "12 34"])
async def test_a_pin_has_four_to_eight_digits(register: Register, pin: str) -> None:
    with pytest.raises(InvalidPin):
        await register.membership.set_pin(NewPin(ADA, pin))
    with pytest.raises(InvalidPin):
        await register.enrol(email=None, pin=pin)


async def test_only_the_hash_of_a_pin_is_kept(register: Register) -> None:
    enrolled = await register.enrol(email=None, card_number="KIM", pin="13579")

    assert (enrolled.member_id, "hash of 13579") == await register.members.pin_of("kim")
    assert enrolled.has_pin


async def test_who_has_a_pin_knows_it_when_choosing_another(register: Register) -> None:
    change = register.membership.change_own_pin

    with pytest.raises(WrongPin):
        await change(OwnPin(ADA, "1379", "2469"))
    with pytest.raises(WrongPin):
        await change(OwnPin(ADA, "1379", None))
    await change(OwnPin(ADA, "1379", "4819"))

    assert (ADA, "hash of 1379") == await register.members.pin_of(CARD)
    assert (await register.members.member(ADA, today=TODAY)).has_pin


async def test_who_has_none_chooses_the_first_having_just_signed_in(register: Register) -> None:
    await register.keep(kim := a_member(card="KIM", email=None))
    await register.keep(account := an_account(member_id=kim.id), session := a_session(account_id=account.id))

    await register.membership.change_own_pin(OwnPin(kim.id, "1379", None, own_session=session.sid))

    assert (kim.id, "hash of 1379") == await register.members.pin_of("KIM")


async def test_a_token_that_was_stolen_gets_no_first_pin_which_would_outlive_it(register: Register) -> None:
    await register.keep(kim := a_member(card="KIM", email=None))
    await register.keep(account := an_account(member_id=kim.id), session := a_session(account_id=account.id))
    register.clock.pass_by(timedelta(minutes=5))

    for own_session in (session.sid, "another", ""):
        with pytest.raises(SignInTooOld):
            await register.membership.change_own_pin(OwnPin(kim.id, "1379", None, own_session=own_session))

    assert (kim.id, None) == await register.members.pin_of("KIM")
