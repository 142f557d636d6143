from datetime import date
from uuid import UUID

import pytest

from members_service.application.membership.cards.replace_card import GiveCard
from members_service.application.membership.change_member import MemberChange
from members_service.application.membership.merge_members import Merge
from members_service.application.membership.show_member import Reading
from members_service.application.membership.standing.blocks import PlaceBlock
from members_service.application.membership.views import GuardianView, MemberFilter
from members_service.application.privacy.begin_erasure import Leave
from members_service.application.privacy.erase_member import BorrowerCleared
from members_service.application.privacy.queries import PersonalRecordQueries
from members_service.domain.identity.roles import Role
from members_service.domain.membership.card import CardReplaced
from members_service.domain.membership.guardian import GuardianReference, Permission
from members_service.domain.membership.history_entry import MembershipEventType
from members_service.domain.membership.likeness import Likeness
from members_service.domain.membership.member_reference import MemberReference
from members_service.domain.membership.member_refusals import MemberIsLeaving, MergeNeedsAdmin, SameMember
from members_service.domain.membership.personal_details import Address
from members_service.domain.membership.standing import Action
from members_service.domain.unknown_member import MemberNotFound
from tests.members.makers import TODAY, an_account
from tests.members.register import Register

BORN = date(1915, 12, 10)


async def two_records(register: Register) -> tuple[UUID, UUID]:
    """Put one person on record twice; return the record that goes and the one that stays."""
    gone = await register.enrol(
        name="Lovelace, Ada", email="old@library.example", card_number="OLD", mobile="1", date_of_birth=BORN, pin="4819"
    )
    stays = await register.enrol(name="Ada LOVELACE", email="new@library.example", card_number="NEW", phone="2")
    return gone.member_id, stays.member_id


async def test_the_record_that_stays_keeps_what_it_has_and_gets_what_it_lacks(register: Register) -> None:
    gone, stays = await two_records(register)

    merged = await register.membership.merge_members(Merge(gone, stays, "the desk"))

    assert (stays, "Ada LOVELACE", "new@library.example", "NEW") == (
        merged.member_id, merged.name, merged.email, merged.card_number
    )  # fmt: skip
    assert ("2", "1", BORN, True) == (merged.phone, merged.mobile, merged.date_of_birth, merged.has_pin)
    assert merged == await register.members.member(stays, today=TODAY)


async def test_every_card_and_the_old_id_find_the_person(register: Register) -> None:
    gone, stays = await two_records(register)
    await register.membership.merge_members(Merge(gone, stays))

    for named in (
        MemberReference(gone),
        MemberReference(stays),
        MemberReference(card_number="old"),
        MemberReference(card_number="NEW"),
    ):
        assert stays == (await register.standings.membership(named, today=TODAY)).member_id
    several = await register.standings.memberships(
        [MemberReference(gone), MemberReference(card_number="OLD")], today=TODAY
    )
    found = await register.members.members(MemberFilter(card_number="OLD"), today=TODAY, limit=2, after=None)
    assert [stays, stays] == [one.member_id for one in several if not isinstance(one, Exception)]
    assert [(stays, "NEW")] == [(one.member_id, one.card_number) for one in found]
    assert stays == (await register.members.member(gone, today=TODAY)).member_id


async def test_a_new_card_ends_the_cards_of_both_records(register: Register) -> None:
    gone, stays = await two_records(register)
    await register.membership.merge_members(Merge(gone, stays))

    await register.membership.replace_card(GiveCard(stays, "THIRD"))

    for old in ("OLD", "NEW"):
        with pytest.raises(CardReplaced):
            await register.membership.assess_standing(MemberReference(card_number=old))


async def test_lending_is_told_so_that_loans_and_debts_follow(register: Register) -> None:
    gone, stays = await two_records(register)

    await register.membership.merge_members(Merge(gone, stays))

    data = {"member_id": str(gone), "into": str(stays), "category": "adult"}
    assert ("members.member.merged", str(gone), data) == (await register.events())[-1]


async def test_blocks_history_accounts_and_wards_are_the_other_record_s_now(register: Register) -> None:
    gone, stays = await two_records(register)
    await register.membership.block_member(PlaceBlock(gone, Action.HOLD, "Wet books."))
    child = await register.enrol(email=None, guardians=[GuardianReference(MemberReference(gone), frozenset({"see"}))])

    await register.membership.merge_members(Merge(gone, stays))

    standing = await register.membership.assess_standing(MemberReference(stays))
    ward = await register.members.member(child.member_id, today=TODAY)
    entries = [entry.what for entry in await register.members.history(stays, limit=None, before=None)]
    async with register.unit_of_work() as uow:
        accounts = await uow.accounts.of_member(stays)
    assert (False, (GuardianView(stays, (Permission.SEE,)),)) == (standing.may_hold, ward.guardians)
    assert {"old@library.example", "new@library.example"} == {account.email.address for account in accounts}
    assert 2 == entries.count(MembershipEventType.JOINED)


async def test_guardians_come_along_and_who_was_one_s_own_is_none(register: Register) -> None:
    gone, stays = await two_records(register)
    aunt = (await register.enrol(email=None)).member_id
    see = frozenset({"see"})
    for member_id, guardian_id in ((gone, aunt), (stays, gone)):
        guardians = [GuardianReference(MemberReference(guardian_id), see)]
        await register.membership.change_member(MemberChange(member_id, None, {"guardians": guardians}))

    merged = await register.membership.merge_members(Merge(gone, stays))

    assert (GuardianView(aunt, (Permission.SEE,)),) == merged.guardians
    assert merged == await register.members.member(stays, today=TODAY)


@pytest.mark.parametrize("of_staff", ["gone", "stays"])
async def test_records_with_an_account_of_staff_are_an_admin_s_to_merge(register: Register, of_staff: str) -> None:
    gone, stays = await two_records(register)
    owner = gone if of_staff == "gone" else stays
    await register.keep(an_account(email="staff@x.y", roles=frozenset({Role.LIBRARIAN}), member_id=owner))

    with pytest.raises(MergeNeedsAdmin):
        await register.membership.merge_members(Merge(gone, stays, "the desk"))

    assert stays == (await register.membership.merge_members(Merge(gone, stays, "boss", by_admin=True))).member_id


async def test_what_was_done_to_the_record_that_is_gone_is_known_of_the_person(register: Register) -> None:
    gone, stays = await two_records(register)
    await register.membership.show_member(Reading(gone, None, "the desk"))
    await register.membership.merge_members(Merge(gone, stays))

    known = await PersonalRecordQueries(register.database, register.keys).of(stays, today=TODAY)

    assert ("read", gone) in [(record.action, record.member_id) for record in known.audit]


async def test_an_id_follows_through_several_mergers_and_is_unknown_after_an_erasure(register: Register) -> None:
    first, second = await two_records(register)
    third = (await register.enrol(email=None)).member_id
    await register.membership.merge_members(Merge(first, second))
    await register.membership.merge_members(Merge(second, third))
    assert third == (await register.members.member(first, today=TODAY)).member_id

    await register.privacy.begin_erasure(Leave(third))
    leaving = [data for type_, _, data in await register.events() if type_.endswith(".leaving")][-1]["leaving_id"]
    await register.privacy.erase_member(BorrowerCleared("m1", third, UUID(leaving)), listener="x")

    for member_id in (first, second, third):
        with pytest.raises(MemberNotFound):
            await register.members.member(member_id, today=TODAY)


async def test_a_record_is_not_merged_into_itself_nor_with_somebody_who_leaves(register: Register) -> None:
    gone, stays = await two_records(register)

    with pytest.raises(SameMember):
        await register.membership.merge_members(Merge(gone, gone))
    await register.privacy.begin_erasure(Leave(gone))
    for merge in (Merge(gone, stays), Merge(stays, gone)):
        with pytest.raises(MemberIsLeaving):
            await register.membership.merge_members(merge)


async def test_records_with_one_name_and_one_more_thing_in_common_are_found(register: Register) -> None:
    at_home = Address("12 St James's Square", "SW1Y 4JH", "London")
    await register.keep(an_account(email="family@x.y"))
    first = await register.enrol(name="Ada Lovelace", email="family@x.y", date_of_birth=BORN, phone="+44 20 7946 0018")
    second = await register.enrol(name="LOVELACE, Ada", email=None, date_of_birth=BORN, address=at_home)
    third = await register.enrol(name="Ada Lovelace", email="Family@x.y", mobile="020 7946 0018", address=at_home)
    await register.enrol(name="Byron Lovelace", email="family@x.y", date_of_birth=BORN, address=at_home)

    found = await register.membership.list_duplicates(limit=20, after=None)

    assert {
        Likeness.DATE_OF_BIRTH: {first.member_id, second.member_id},
        Likeness.EMAIL: {first.member_id, third.member_id},
        Likeness.PHONE: {first.member_id, third.member_id},
        Likeness.ADDRESS: {second.member_id, third.member_id},
    } == {group.because: {one.member_id for one in group.members} for _, group in found}
    pages = [await register.membership.list_duplicates(limit=1, after=after) for after in (None, found[0][0])]
    assert [[found[0]], [found[1]]] == pages


async def test_who_is_erased_is_on_the_list_by_the_id_of_a_merged_record_too(register: Register) -> None:
    gone, stays = await two_records(register)
    await register.membership.merge_members(Merge(gone, stays))
    await register.privacy.begin_erasure(Leave(gone))
    async with register.unit_of_work() as uow:
        leaving_id = (await uow.members.get(stays)).leaving_id or stays

    await register.privacy.erase_member(BorrowerCleared("m1", stays, leaving_id), listener="farewells")

    erased = [one.member_id for one in await register.audited() if one.action == "erased"]
    assert {gone, stays} == set(erased), "a backup of before the merger brings back both"


@pytest.mark.parametrize("longer", ["gone", "stays"])
async def test_a_guardian_of_both_records_stands_in_by_the_agreement_that_lasts_longer(
    register: Register, longer: str
) -> None:
    gone, stays = await two_records(register)
    guardians = [
        GuardianReference(MemberReference(one), frozenset({may}), None if longer == name else TODAY)
        for name, one, may in (("gone", gone, "see"), ("stays", stays, "pay"))
    ]
    child = await register.enrol(email=None, guardians=guardians)

    await register.membership.merge_members(Merge(gone, stays))

    ward = await register.members.member(child.member_id, today=TODAY)
    may = Permission.SEE if longer == "gone" else Permission.PAY
    assert (GuardianView(stays, (may,), None),) == ward.guardians
