from datetime import date, timedelta

import pytest

from members_service.domain.membership.guardian import Guardian, Permission, permissions_of
from members_service.domain.membership.history_entry import HistoryEntry, MembershipEventType
from members_service.domain.membership.member import Member
from members_service.domain.membership.member_events import MemberMerged, ReadingHistoryChosen
from members_service.domain.membership.member_record import ReadingHistory
from members_service.domain.membership.member_refusals import MemberIsLeaving, SameMember
from members_service.domain.membership.personal_details import MOST_NOTES, Address, Note, PersonalDetails
from members_service.domain.membership.standing import Suspension
from shared.kernel.ids import new_id
from tests.members.makers import NOW, TODAY, YESTERDAY, a_member

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


@pytest.mark.parametrize("over", [YESTERDAY, TODAY, None])
def test_of_two_suspensions_the_one_that_ends_last_counts(over: date | None) -> None:
    shorter, longer = Suspension("Singing.", YESTERDAY - timedelta(days=1)), Suspension("Shouting.", over)

    for mine, theirs in ((shorter, longer), (longer, shorter)):
        stays, goes = doubles()
        stays.suspension, goes.suspension = mine, theirs
        stays.absorb(goes, now=LATER)
        assert longer == stays.suspension


def test_guardians_are_of_both_records_but_nobody_stands_in_for_oneself() -> None:
    stays, goes = doubles()
    aunt, uncle = (Guardian(member_id=new_id(), may={may}, since=TODAY) for may in (Permission.SEE, Permission.PAY))
    again = Guardian(member_id=aunt.guardian_id, may={Permission.PAY}, since=TODAY)
    stays.guardians, goes.guardians = (
        [aunt],
        [again, uncle, Guardian(member_id=stays.id, may={Permission.SEE}, since=TODAY)],
    )

    stays.absorb(goes, now=LATER)

    both = {
        aunt.guardian_id: (frozenset({Permission.SEE}), None),
        uncle.guardian_id: (frozenset({Permission.PAY}), None),
    }
    assert both == permissions_of(stays.guardians)


@pytest.mark.parametrize("theirs", [ReadingHistory.FORGET, ReadingHistory.KEEP])
def test_a_choice_about_past_loans_that_only_the_other_record_has_goes_on_and_is_told(theirs: ReadingHistory) -> None:
    stays, goes = doubles()
    goes.reading_history = theirs

    stays.absorb(goes, now=LATER)

    assert theirs is stays.reading_history
    assert [MemberMerged(goes.id, stays.id, stays.category, LATER), ReadingHistoryChosen(stays.id, theirs, LATER)] == (
        stays.take_events()
    )


def test_a_choice_of_ones_own_stays() -> None:
    stays, goes = doubles()
    stays.reading_history, goes.reading_history = ReadingHistory.KEEP, ReadingHistory.FORGET

    stays.absorb(goes, now=LATER)

    assert (ReadingHistory.KEEP, [MemberMerged(goes.id, stays.id, stays.category, LATER)]) == (
        stays.reading_history, stays.take_events()
    )  # fmt: skip


@pytest.mark.parametrize(("mine", "theirs"), [(3, 7), (7, 3), (5, 5)])
def test_its_version_is_one_that_neither_record_had(mine: int, theirs: int) -> None:
    stays, goes = doubles()
    stays.version, goes.version = mine, theirs

    stays.absorb(goes, now=LATER)

    assert max(mine, theirs) + 1 == stays.version


def test_the_cards_of_the_other_find_this_member_and_work_no_more_of_themselves() -> None:
    stays, goes = doubles()
    goes.replace_card(a_member(card="newer").card, now=NOW)
    goes.cards[0].merged_at = NOW

    stays.absorb(goes, now=LATER)

    assert ([NOW, LATER], [False, False]) == (
        [one.merged_at for one in goes.cards],
        [one.is_shown for one in goes.cards],
    )


def test_a_merge_is_kept_in_the_history_and_told() -> None:
    stays, goes = doubles()

    stays.absorb(goes, by="desk", now=LATER)

    facts = {"merged": str(goes.id)}
    assert [HistoryEntry(MembershipEventType.MERGED, LATER, "desk", None, facts)] == stays.take_history_entries()
    assert ([MemberMerged(goes.id, stays.id, stays.category, LATER)], 2) == (stays.take_events(), stays.version)


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
