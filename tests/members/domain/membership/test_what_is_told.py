"""Each act of a member: what the history keeps of it, and what the world is told."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from members_service.domain.membership.guardian import Guardian, OwnGuardian, Permission
from members_service.domain.membership.history_entry import HistoryEntry, MembershipEventType
from members_service.domain.membership.member import Member
from members_service.domain.membership.member_events import (
    CategoryChanged,
    MemberErased,
    MemberEvent,
    MemberJoined,
    MemberLeaving,
    MemberReinstated,
    MemberRenewed,
    MemberSuspended,
    ReadingHistoryChosen,
)
from members_service.domain.membership.member_record import ReadingHistory
from members_service.domain.membership.member_refusals import MemberIsLeaving, RenewalNotLater
from members_service.domain.membership.membership import Categories, CategoryTerms
from members_service.domain.membership.personal_details import PersonalDetails
from members_service.domain.membership.standing import Suspension
from shared.kernel.ids import new_id
from tests.members.makers import ADA, NOW, TODAY, TOMORROW, YESTERDAY, a_block, a_member

LATER = NOW + timedelta(days=1)
LEAVING = UUID("01900000-0000-7000-8000-00000000001e")
NEXT_YEAR = date(2028, 3, 2)


def a_known_member(member_id: UUID = ADA, **facts: Any) -> Member:
    """A member of whom everything was told already."""
    member = a_member(id=member_id, **facts)
    member.take_events()
    member.take_history_entries()
    return member


def renew(member: Member) -> None:
    member.renew(NEXT_YEAR, by="desk", today=TODAY, now=LATER)


def suspend(member: Member) -> None:
    member.suspend(Suspension("Shouting.", TOMORROW), by="desk", today=TODAY, now=LATER)


def reinstate(member: Member) -> None:
    member.suspension = Suspension("Shouting.", None)
    member.reinstate(by="desk", today=TODAY, now=LATER)


def stay(member: Member) -> None:
    member.leaving_since, member.leaving_id = NOW, LEAVING
    member.reinstate(by="desk", today=TODAY, now=LATER)


def block(member: Member) -> None:
    member.block(a_block(until=TOMORROW), by="desk", today=TODAY)


def lift(member: Member) -> None:
    block = a_block(until=TOMORROW)
    member.blocks.append(block)
    member.lift_block(block.id, by="desk", now=LATER)


T = MembershipEventType
ACTS: list[tuple[Callable[[Member], object], HistoryEntry, list[MemberEvent]]] = [
    (renew, HistoryEntry(T.RENEWED, LATER, "desk", None, {"expires_on": "2028-03-02"}),
     [MemberRenewed(ADA, NEXT_YEAR, LATER)]),
    (suspend, HistoryEntry(T.SUSPENDED, LATER, "desk", "Shouting.", {"until": "2026-03-03"}),
     [MemberSuspended(ADA, TOMORROW, LATER)]),
    (reinstate, HistoryEntry(T.REINSTATED, LATER, "desk"), [MemberReinstated(ADA, LATER)]),
    (stay, HistoryEntry(T.STAYED, LATER, "desk"), [MemberReinstated(ADA, LATER)]),
    (block, HistoryEntry(T.BLOCKED, NOW, "desk", "A book came back wet.", {"action": "borrow", "until": "2026-03-03"}),
     []),
    (lift, HistoryEntry(T.BLOCK_LIFTED, LATER, "desk", None, {"action": "borrow"}), []),
    (lambda member: member.leave(LEAVING, by="desk", now=LATER), HistoryEntry(T.LEAVING, LATER, "desk"),
     [MemberLeaving(ADA, LEAVING, LATER)]),
    (lambda member: member.set_pin("hash", by="desk", now=LATER), HistoryEntry(T.PIN_CHANGED, LATER, "desk"), []),
    (lambda member: member.replace_card(a_member(card="2").card, by="desk", reason="Lost.", now=LATER),
     HistoryEntry(T.CARD_REPLACED, LATER, "desk", "Lost."), []),
]  # fmt: skip


@pytest.mark.parametrize(("act", "entry", "events"), ACTS)
def test_an_act_is_kept_in_the_history_with_who_and_when_and_told_without_them(
    act: Callable[[Member], object], entry: HistoryEntry, events: list[MemberEvent]
) -> None:
    member = a_known_member()

    act(member)

    assert ([entry], events, 2) == (member.take_history_entries(), member.take_events(), member.version)
    assert ([], []) == (member.take_history_entries(), member.take_events()), "each is told once"


def test_a_member_joins_on_the_day_of_the_former_system_and_is_told_of_now() -> None:
    long_ago = NOW - timedelta(days=400)
    member = a_member(id=ADA, joined_at=long_ago, by="desk", pin_hash="hash")

    assert (long_ago, long_ago, "hash", 1) == (
        member.joined_at, member.cards[0].issued_at, member.pin_hash, member.version,
    )  # fmt: skip
    assert [MemberJoined(ADA, "adult", member.expires_on, NOW)] == member.take_events()
    assert [HistoryEntry(T.JOINED, NOW, "desk")] == member.take_history_entries()
    assert (NOW, NOW) == (a_member().joined_at, a_member().cards[0].issued_at)


@pytest.mark.parametrize("day", [YESTERDAY, date(2027, 3, 2), date(2027, 3, 1)])
def test_a_renewed_membership_lasts_longer_than_before(day: date) -> None:
    member = a_known_member()

    with pytest.raises(RenewalNotLater, match=r"^A renewed .* later day\.$") as refused:
        member.renew(day, today=TODAY, now=LATER)

    assert ("expires_on", {"present_expires_on": "2027-03-02"}) == (refused.value.field, refused.value.figures)
    assert (1, []) == (member.version, member.take_events())


def test_an_expired_membership_may_be_renewed_for_today_alone() -> None:
    member = a_known_member(expires_on=date(2025, 1, 1))

    member.renew(TODAY, today=TODAY, now=LATER)

    assert TODAY == member.expires_on


def test_whoever_is_leaving_renews_nothing_and_leaves_once() -> None:
    member = a_known_member()
    begun = member.leave(LEAVING, now=NOW)
    again = member.leave(new_id(), now=LATER)

    assert (True, False, NOW, LEAVING) == (begun, again, member.leaving_since, member.leaving_id)
    assert [MemberLeaving(ADA, LEAVING, at) for at in (NOW, LATER)] == member.take_events(), "lending is asked again"
    with pytest.raises(MemberIsLeaving):
        renew(member)


def test_whoever_asks_to_leave_while_not_served_is_leaving_and_not_served_again() -> None:
    member = a_known_member()
    member.stop_serving(now=NOW)
    assert member.is_leaving

    begun = member.leave(LEAVING, now=LATER)
    member.serve_again()

    assert (True, LATER, LEAVING) == (begun, member.leaving_since, member.leaving_id)
    assert [MemberLeaving(ADA, LEAVING, LATER)] == member.take_events()


def test_whoever_was_not_served_for_a_moment_is_as_before() -> None:
    member = a_known_member()
    member.stop_serving(now=NOW)

    member.serve_again()

    assert (False, 1, []) == (member.is_leaving, member.version, member.take_events())


def test_only_the_request_to_leave_that_was_cleared_erases() -> None:
    member = a_known_member()
    assert not member.may_be_erased(LEAVING)

    member.leave(LEAVING, now=NOW)
    assert (True, False) == (member.may_be_erased(LEAVING), member.may_be_erased(new_id()))
    stay(member)
    assert (None, None, False) == (member.leaving_since, member.leaving_id, member.may_be_erased(LEAVING))

    member.erase(now=LATER)
    assert MemberErased(ADA, LATER) == member.take_events()[-1]


def test_of_all_cards_the_newest_works_and_the_others_end_when_it_is_given_out() -> None:
    member = a_known_member()

    for day, number in enumerate(("second", "third"), start=1):
        member.replace_card(a_member(card=number).card, now=NOW + timedelta(days=day))

    assert "third" == member.card.number
    assert [NOW + timedelta(days=1), NOW + timedelta(days=2), None] == [card.replaced_at for card in member.cards]
    assert [NOW, NOW + timedelta(days=1), NOW + timedelta(days=2)] == [card.issued_at for card in member.cards]
    assert [False, False, True] == [card.is_shown for card in member.cards]


def test_the_history_names_the_fields_that_changed_and_not_what_they_hold() -> None:
    member = a_known_member()
    as_before = member.record

    member.edit(as_before, by="desk", now=LATER)
    assert ([], 1) == (member.take_history_entries(), member.version)

    other = a_member(name="Ada King", details=PersonalDetails(phone="555 17"), category="senior").record
    member.edit(other, guardians=[Guardian(member_id=LEAVING, may=[Permission.SEE], since=TODAY)], by="desk", now=LATER)

    assert other == member.record
    entry = HistoryEntry(T.CHANGED, LATER, "desk", None, {"fields": "category guardians name phone"})
    assert [entry] == member.take_history_entries()
    assert (2, [CategoryChanged(member.id, "senior", LATER)]) == (member.version, member.take_events())


def test_what_is_to_be_kept_of_past_loans_is_told_when_it_changes() -> None:
    member = a_known_member()
    choice = a_member().record
    object.__setattr__(choice, "reading_history", ReadingHistory.FORGET)

    for _ in range(2):
        member.edit(choice, by="ada", now=LATER)

    assert [ReadingHistoryChosen(ADA, ReadingHistory.FORGET, LATER)] == member.take_events()
    assert [HistoryEntry(T.CHANGED, LATER, "ada", None, {"fields": "reading_history"})] == member.take_history_entries()


def test_what_is_to_be_kept_of_past_loans_is_told_of_whoever_joins_with_a_choice() -> None:
    for choice in ReadingHistory:
        record = replace(a_member().record, reading_history=choice)
        member = Member(id=ADA, record=record, card=a_member().card, now=NOW)

        told = [event for event in member.take_events() if isinstance(event, ReadingHistoryChosen)]

        chosen = [] if choice is ReadingHistory.DEFAULT else [ReadingHistoryChosen(ADA, choice, NOW)]
        assert chosen == told


def test_a_guardian_stays_the_same_while_the_permissions_change() -> None:
    mother, father = new_id(), new_id()
    child = a_known_member(guardians=[Guardian(member_id=mother, may=[Permission.SEE], since=TODAY)])
    (kept,) = child.guardians
    wanted = [
        Guardian(member_id=father, may=[Permission.PAY], since=TODAY),
        Guardian(member_id=mother, may=Permission, since=TODAY),
    ]

    child.edit(child.record, guardians=[Guardian(member_id=mother, may=[Permission.SEE], since=TODAY)], now=LATER)
    assert [] == child.take_history_entries(), "nothing changed"
    child.edit(child.record, guardians=wanted, now=LATER)

    assert [father, mother] == [guardian.guardian_id for guardian in child.guardians]
    assert kept is child.guardians[1]
    assert frozenset(Permission) == kept.may
    assert [{"fields": "guardians"}] == [entry.facts for entry in child.take_history_entries()]
    child.edit(child.record, guardians=[], now=LATER)
    assert [] == child.guardians


def test_nobody_is_their_own_guardian() -> None:
    with pytest.raises(OwnGuardian):
        a_member(id=ADA, guardians=[Guardian(member_id=ADA, may=[Permission.SEE], since=TODAY)])


def test_a_child_that_outgrows_its_category_gets_what_follows_and_the_history_tells() -> None:
    growing = Categories((CategoryTerms("child", "Child", 12, oldest=12, follows="adult"),
                          CategoryTerms("adult", "Adult", 12, youngest=13)))  # fmt: skip
    child = a_known_member(category="child", details=PersonalDetails(date_of_birth=date(2013, 3, 3)))

    assert ("child", 1) == (child.grow_up(growing, today=TODAY, now=NOW), child.version)
    assert "adult" == child.grow_up(growing, by="the library", today=TOMORROW, now=LATER) == child.category

    assert [HistoryEntry(T.CHANGED, LATER, "the library", None, {"fields": "category"})] == child.take_history_entries()


def test_a_suspension_of_the_former_system_is_told_to_nobody() -> None:
    member = a_known_member()

    member.suspend_as_before(Suspension("Shouting.", None))
    member.suspend_as_before(None)

    assert Suspension("Shouting.", None) == member.suspension
    assert ([], [], 1) == (member.take_events(), member.take_history_entries(), member.version)


def test_a_better_hash_of_the_same_pin_is_a_change_of_nothing_but_the_hash() -> None:
    member = a_known_member()

    member.keep_better_pin_hash("better")

    assert ("better", 2, []) == (member.pin_hash, member.version, member.take_history_entries())


def test_a_new_pin_takes_the_place_of_the_old_one() -> None:
    member = a_known_member(pin_hash="old")

    member.set_pin("new", now=LATER)

    assert "new" == member.pin_hash


def test_who_joined_in_a_former_system_does_not_join_again_but_has_chosen_about_past_loans() -> None:
    record = replace(a_member().record, reading_history=ReadingHistory.FORGET)
    member = Member(id=ADA, record=record, card=a_member().card, now=NOW)

    member.have_joined_before()

    assert [ReadingHistoryChosen(ADA, ReadingHistory.FORGET, NOW)] == member.take_events()
