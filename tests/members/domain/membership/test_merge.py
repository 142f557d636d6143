from datetime import date, timedelta

import pytest

from members_service.domain.membership.history_entry import HistoryEntry, MembershipEventType
from members_service.domain.membership.member import Member
from members_service.domain.membership.member_events import MemberMerged
from members_service.domain.membership.member_refusals import MemberIsLeaving, SameMember
from members_service.domain.membership.personal_details import MOST_NOTES, Address, Note, PersonalDetails
from members_service.domain.membership.standing import Suspension
from shared.kernel.ids import new_id
from tests.members.makers import NOW, a_member

LATER = NOW + timedelta(days=1)


def doubles() -> tuple[Member, Member]:
    stays = a_member(email=None, details=PersonalDetails(phone="555 17", notes=(Note("One."),), attributes={"a": 1}))
    goes = a_member(
        card="other",
        expires_on=date(2028, 1, 1),
        external_id="old-7",
        pin_hash="hash",
        details=PersonalDetails(
            phone="555 18", mobile="0170 1", notes=(Note("Two.", show_at_desk=True),), attributes={"a": 2, "b": 3}
        ),
    )
    for member in (stays, goes):
        member.take_events()
        member.take_history_entries()
    return stays, goes


def test_what_is_known_here_stays_and_what_is_missing_comes_from_the_other_record() -> None:
    stays, goes = doubles()
    goes.language, goes.home_branch, stays.home_branch = "en", "WEST", "MAIN"

    stays.absorb(goes, by="desk", now=LATER)

    assert (
        PersonalDetails(
            phone="555 17",
            mobile="0170 1",
            notes=(Note("One."), Note("Two.", show_at_desk=True)),
            attributes={"a": 1, "b": 3},
        )
        == stays.details
    )
    assert ("en", "MAIN", "old-7", "hash") == (stays.language, stays.home_branch, stays.external_id, stays.pin_hash)
    assert "ada@library.example" == str(stays.email and stays.email.address)


def test_the_later_end_counts_and_what_either_was_stopped_by() -> None:
    stays, goes = doubles()
    goes.suspension = Suspension("Shouting.", None)

    stays.absorb(goes, now=LATER)
    assert (date(2028, 1, 1), goes.suspension) == (stays.expires_on, stays.suspension)

    earlier, later = doubles()
    later.suspension, kept = Suspension("Shouting.", None), Suspension("Singing.", None)
    later.absorb(earlier, now=LATER)
    assert (date(2028, 1, 1), Suspension("Shouting.", None)) == (later.expires_on, later.suspension)
    earlier.suspension = kept
    earlier.absorb(later, now=LATER)
    assert kept == earlier.suspension


def test_the_cards_of_the_other_find_this_member_and_work_no_more_of_themselves() -> None:
    stays, goes = doubles()
    goes.replace_card(a_member(card="newer").card, now=NOW)
    goes.cards[0].merged_at = NOW

    stays.absorb(goes, now=LATER)

    assert ([NOW, LATER], [False, False]) == ([one.merged_at for one in goes.cards], [one.works for one in goes.cards])


def test_a_merge_is_kept_in_the_history_and_told() -> None:
    stays, goes = doubles()

    stays.absorb(goes, by="desk", now=LATER)

    facts = {"merged": str(goes.id)}
    assert [HistoryEntry(MembershipEventType.MERGED, LATER, "desk", None, facts)] == stays.take_history_entries()
    assert ([MemberMerged(goes.id, stays.id, LATER)], 2) == (stays.take_events(), stays.version)


def test_neither_oneself_nor_somebody_who_is_leaving_is_merged() -> None:
    stays, goes = doubles()

    with pytest.raises(SameMember):
        stays.absorb(stays, now=LATER)
    goes.leave(new_id(), now=NOW)
    for one, other in ((stays, goes), (goes, stays)):
        with pytest.raises(MemberIsLeaving):
            one.absorb(other, now=LATER)


def test_no_more_notes_are_kept_than_a_member_may_have_and_those_of_here_first() -> None:
    mine, theirs = (PersonalDetails(notes=tuple(Note(f"{who} {n}") for n in range(15))) for who in ("mine", "theirs"))

    notes = mine.filled_from(theirs).notes

    assert (MOST_NOTES, mine.notes) == (len(notes), notes[:15])
    assert theirs.notes[:5] == notes[15:]


def test_an_address_comes_whole_or_not_at_all() -> None:
    here, there = Address(city="Bath"), Address(street="1 High Street", city="Ely")

    assert here == PersonalDetails(address=here).filled_from(PersonalDetails(address=there)).address
    assert there == PersonalDetails().filled_from(PersonalDetails(address=there)).address
