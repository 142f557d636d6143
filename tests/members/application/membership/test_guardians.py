"""Who stands in for a child, and what that allows."""

from datetime import date, timedelta

import pytest

from members_service.application.membership.change_member import MemberChange
from members_service.application.membership.show_member import Reading
from members_service.application.membership.standing.blocks import PlaceBlock
from members_service.application.membership.standing.views import ActingView
from members_service.application.membership.views import GuardianView, MemberFilter
from members_service.domain.audit import AuditAction
from members_service.domain.membership.guardian import (
    GuardianNotFound,
    GuardianReference,
    OwnGuardian,
    Permission,
    UnknownGuardian,
)
from members_service.domain.membership.member_reference import MemberReference
from members_service.domain.membership.personal_details import Note, PersonalDetails
from members_service.domain.membership.standing import Action
from members_service.domain.unknown_member import MemberNotFound
from shared.kernel.ids import new_id
from tests.members.makers import ADA, TODAY, a_member
from tests.members.register import Register


def standing_in(*may: str, until: date | None = None) -> GuardianReference:
    return GuardianReference(MemberReference(card_number="20000000000018"), frozenset(may), until)


@pytest.fixture
async def register(register: Register) -> Register:
    await register.keep(a_member(id=ADA))
    return register


async def test_a_guardian_named_by_card_may_what_is_said(register: Register) -> None:
    child = await register.enrol(email=None, guardians=[standing_in("see"), standing_in("collect")])

    shown = await register.members.member(child.member_id, today=TODAY)
    wards = await register.members.members(MemberFilter(guardian_id=ADA), today=TODAY, limit=2, after=None)

    assert (GuardianView(ADA, (Permission.COLLECT, Permission.SEE)),) == shown.guardians == child.guardians
    assert [child.member_id] == [ward.member_id for ward in wards]


async def test_who_may_see_is_shown_the_child_and_others_are_not(register: Register) -> None:
    seen = await register.enrol(email=None, guardians=[standing_in("see")])
    fetched_for = await register.enrol(email=None, guardians=[standing_in("collect", "pay")])

    shown = await register.membership.show_member(Reading(seen.member_id, only_of=ADA))

    assert seen.member_id == shown.member_id
    with pytest.raises(MemberNotFound):
        await register.membership.show_member(Reading(fetched_for.member_id, only_of=ADA))


async def test_a_guardian_lists_those_who_may_be_seen_without_what_staff_note(register: Register) -> None:
    note = Note("Bites.", show_at_desk=True)
    seen = await register.enrol(email=None, guardians=[standing_in("see", "pay")], notes=(note,))
    await register.enrol(email=None, guardians=[standing_in("collect", "pay")])

    wards = await register.guardians.list_wards(ADA, limit=5, after=None)

    assert [(seen.member_id, ())] == [(ward.member_id, ward.notes) for ward in wards]
    assert [] == await register.guardians.list_wards(seen.member_id, limit=5, after=None)


async def test_services_are_told_what_a_guardian_may(register: Register) -> None:
    child = await register.enrol(email=None, guardians=[standing_in("see", "pay")])

    told = await register.guardians.show_guardian(child.member_id, ADA)

    assert GuardianView(ADA, (Permission.PAY, Permission.SEE)) == told
    for member_id, guardian_id in ((ADA, child.member_id), (child.member_id, new_id()), (new_id(), ADA)):
        with pytest.raises(GuardianNotFound):
            await register.guardians.show_guardian(member_id, guardian_id)


async def test_a_change_names_all_guardians_and_an_empty_list_takes_them_away(register: Register) -> None:
    child = await register.enrol(email=None, guardians=[standing_in("see")])
    kim = await register.enrol(email=None, card_number="KIM")
    other = GuardianReference(MemberReference(kim.member_id), frozenset({"pay"}))
    change = register.membership.change_member

    both = await change(MemberChange(child.member_id, None, {"guardians": [standing_in("see", "pay"), other]}))
    none = await change(MemberChange(child.member_id, None, {"guardians": []}))

    assert 2 == len(both.guardians)
    assert () == none.guardians == (await register.members.member(child.member_id, today=TODAY)).guardians


async def test_nobody_unknown_stands_in_and_nobody_for_themselves(register: Register) -> None:
    unknown = GuardianReference(MemberReference(new_id()), frozenset({"see"}))

    with pytest.raises(UnknownGuardian):
        await register.enrol(email=None, guardians=[unknown])
    with pytest.raises(OwnGuardian):
        await register.membership.change_member(MemberChange(ADA, None, {"guardians": [standing_in("see")]}))


async def test_notes_of_staff_are_not_for_the_member_and_reading_is_recorded_of_staff_alone(register: Register) -> None:
    await register.keep(kim := a_member(card="KIM", details=PersonalDetails(notes=(Note("Shouts."),))))

    own = await register.membership.show_member(Reading(kim.id, only_of=kim.id, by="kim"))
    by_desk = await register.membership.show_member(Reading(kim.id, only_of=None, by="the desk"))

    assert ((), (Note("Shouts."),)) == (own.notes, by_desk.notes)
    assert [(AuditAction.READ, "the desk", kim.id)] == [
        (one.action, one.by, one.member_id) for one in await register.audited()
    ]


async def acting_of(register: Register, *references: MemberReference) -> list[object]:
    """Return who acts for whom by these references, or the code of what is wrong."""
    found = (await register.membership.assess_standings(references)).items
    return [
        one.problem.code if one.problem else one.found and (one.found.member_id, one.found.acted_by) for one in found
    ]


async def test_who_acts_for_somebody_is_told_with_that_one_s_standing(register: Register) -> None:
    child = await register.enrol(email=None, category="child", guardians=[standing_in("collect", "renew")])
    by_card = MemberReference(card_number="20000000000018", acting_for=child.member_id)

    found = await acting_of(
        register,
        by_card,
        MemberReference(ADA),
        MemberReference(child.member_id, acting_for=ADA),
        MemberReference(ADA, acting_for=new_id()),
        MemberReference(card_number="nobody", acting_for=child.member_id),
    )

    acting = ActingView(ADA, (Permission.COLLECT, Permission.RENEW))
    assert [
        (child.member_id, acting), (ADA, None), "guardian-not-found", "member-not-found", "member-not-found",
    ] == found  # fmt: skip
    assert [(child.member_id, acting)] == await acting_of(register, by_card)


async def test_a_proxy_stands_in_through_the_last_day_and_is_taken_off_the_record_then(register: Register) -> None:
    proxy = standing_in("see", "borrow", until=TODAY)
    aunt = await register.enrol(email=None, guardians=[proxy], date_of_birth=date(1930, 5, 20))
    reference, reading = MemberReference(ADA, acting_for=aunt.member_id), Reading(aunt.member_id, only_of=ADA)

    (today,) = await acting_of(register, reference)
    assert (GuardianView(ADA, (Permission.BORROW, Permission.SEE), TODAY),) == aunt.guardians
    assert isinstance(today, tuple)
    assert aunt.member_id == (await register.membership.show_member(reading)).member_id
    assert [aunt.member_id] == [one.member_id for one in await register.guardians.list_wards(ADA, limit=5, after=None)]

    register.clock.pass_by(timedelta(days=1))
    assert ["guardian-not-found"] == await acting_of(register, reference)
    with pytest.raises(MemberNotFound):
        await register.membership.show_member(reading)
    with pytest.raises(GuardianNotFound):
        await register.guardians.show_guardian(aunt.member_id, ADA)
    assert [] == await register.guardians.list_wards(ADA, limit=5, after=None)

    await register.tidying.end_guardianships()
    assert () == (await register.members.member(aunt.member_id, today=TODAY)).guardians


async def test_for_whom_somebody_pays_is_told_with_the_own_standing(register: Register) -> None:
    ward = await register.enrol(email=None, guardians=[standing_in("pay", "see", until=TODAY)])
    await register.enrol(email=None, guardians=[standing_in("see", "collect")])
    blocked = PlaceBlock(ADA, Action.HOLD, "Wet books.")
    for _ in range(2):
        await register.membership.block_member(blocked)

    today = await register.membership.assess_standing(MemberReference(ADA))
    register.clock.pass_by(timedelta(days=1))
    tomorrow = await register.membership.assess_standing(MemberReference(ADA))

    assert ((ward.member_id,), ()) == (today.pays_for, tomorrow.pays_for)
    assert ["member-blocked"] == [refusal.code for refusal in today.refusals]


async def test_who_was_stopped_does_not_go_on_in_the_name_of_a_child(register: Register) -> None:
    everything = standing_in("borrow", "collect", "hold", "pay", "renew", "see")
    child = await register.enrol(email=None, category="child", guardians=[everything])
    await register.membership.block_member(PlaceBlock(ADA, Action.BORROW, "Two films are missing."))

    (acting,) = await acting_of(register, MemberReference(ADA, acting_for=child.member_id))

    may = (Permission.HOLD, Permission.PAY, Permission.RENEW, Permission.SEE)
    assert (child.member_id, ActingView(ADA, may)) == acting


@pytest.mark.parametrize("first", [True, False])
async def test_who_is_named_twice_may_all_of_it_until_the_first_last_day(register: Register, *, first: bool) -> None:
    named = [standing_in("see", until=TODAY + timedelta(days=9)), standing_in("collect")]

    child = await register.enrol(email=None, guardians=named if first else named[::-1])

    both = (Permission.COLLECT, Permission.SEE)
    assert (GuardianView(ADA, both, TODAY + timedelta(days=9)),) == child.guardians
