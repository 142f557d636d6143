"""Changing, renewing, and giving out cards; and what the history tells of it."""

from datetime import date
from typing import Any

import pytest

from members_service.application.membership.cards.replace_card import GiveCard
from members_service.application.membership.change_categories import PutCategories
from members_service.application.membership.change_member import MemberChange
from members_service.application.membership.renew_membership import MembershipRenewal
from members_service.application.membership.standing.reinstate_member import Reinstate
from members_service.application.membership.standing.suspend_member import MemberSuspension
from members_service.application.membership.views import MemberView
from members_service.application.privacy.begin_erasure import Leave
from members_service.domain.audit import AuditAction
from members_service.domain.email import InvalidEmail
from members_service.domain.identity.account import Account
from members_service.domain.membership.card import CardNumberTaken, CardReplaced
from members_service.domain.membership.history_entry import MembershipEventType
from members_service.domain.membership.member_record import ReadingHistory
from members_service.domain.membership.member_reference import MemberReference
from members_service.domain.membership.member_refusals import MemberIsLeaving, RenewalNotLater
from members_service.domain.membership.membership import AgeNotForCategory, CategoryTerms, UnknownCategory
from members_service.domain.membership.personal_details import Address, InvalidDateOfBirth, PersonalDetails
from members_service.domain.membership.standing import Status
from shared.kernel.errors import OutOfDate
from tests.members.fakes import FakeSecrets
from tests.members.makers import TODAY, TOMORROW, YESTERDAY, a_member, an_account
from tests.members.register import Register


class Desk:
    """A desk with one member on record, who has an account."""

    def __init__(self, register: Register, **facts: Any) -> None:
        self.register = register
        self.ada = a_member(**facts)
        self._account = an_account(member_id=self.ada.id)

    @classmethod
    async def of(cls, register: Register, **facts: Any) -> "Desk":
        desk = cls(register, **facts)
        await register.keep(desk.ada, desk._account)
        return desk

    async def change(self, *, version: int | None = None, **changes: Any) -> MemberView:
        return await self.register.membership.change_member(MemberChange(self.ada.id, version, changes, "the desk"))

    async def renew(self, expires_on: date | None = None) -> MemberView:
        return await self.register.membership.renew_membership(MembershipRenewal(self.ada.id, expires_on))

    async def replace(self, number: str | None = None) -> MemberView:
        return await self.register.membership.replace_card(GiveCard(self.ada.id, number, "Lost."))

    async def leave(self) -> None:
        await self.register.privacy.begin_erasure(Leave(self.ada.id))

    async def shown(self) -> MemberView:
        return await self.register.members.member(self.ada.id, today=TODAY)

    async def account(self) -> Account:
        async with self.register.unit_of_work() as uow:
            return await uow.accounts.get(self._account.id)

    async def audited(self) -> list[str]:
        return [record.action for record in await self.register.audited()]


async def test_what_is_left_out_of_a_change_stays(register: Register) -> None:
    desk = await Desk.of(register, details=PersonalDetails("1", Address("London"), YESTERDAY))

    changed = await desk.change(name="Ada King", phone=None, category="senior")

    assert ("Ada King", None, "senior") == (changed.name, changed.phone, changed.category)
    assert (Address("London"), YESTERDAY, "ada@library.example") == (
        changed.address,
        changed.date_of_birth,
        changed.email,
    )


async def test_the_history_tells_who_changed_which_fields_and_not_what_was_in_them(register: Register) -> None:
    desk = await Desk.of(register)

    await desk.change(name="Ada King", phone="+44 20", language=None)

    joined, changed = await register.history(desk.ada)
    assert (MembershipEventType.JOINED, MembershipEventType.CHANGED) == (joined.what, changed.what)
    assert ("the desk", {"fields": "name phone"}) == (changed.by, changed.facts)


async def test_a_change_that_changes_nothing_leaves_no_trace(register: Register) -> None:
    desk = await Desk.of(register)

    changed = await desk.change(name="Ada Lovelace")

    told = [entry.what for entry in await register.history(desk.ada)]
    assert (1, [MembershipEventType.JOINED]) == (changed.version, told)


async def test_only_the_version_that_was_seen_is_changed(register: Register) -> None:
    desk = await Desk.of(register)
    await desk.change(version=1, name="Ada King")

    with pytest.raises(OutOfDate):
        await desk.change(version=1, name="Ada Byron")

    assert "Ada King" == (await desk.shown()).name


async def test_who_gets_another_address_signs_in_with_it(register: Register) -> None:
    desk = await Desk.of(register)

    await desk.change(email="King@library.example")

    assert "King@library.example" == (await desk.shown()).email == (await desk.account()).email.address
    assert [AuditAction.EMAIL_CHANGED] == await desk.audited()


async def test_an_address_written_differently_is_the_same_address(register: Register) -> None:
    desk = await Desk.of(register)

    changed = await desk.change(email="ADA@library.example")

    assert ("ADA@library.example", []) == (changed.email, await desk.audited())


async def test_a_change_obeys_the_same_rules_as_an_enrolment(register: Register) -> None:
    desk = await Desk.of(register)
    for refusal, change in (
        (UnknownCategory, {"category": "adults"}),
        (InvalidEmail, {"email": "nowhere"}),
        (InvalidDateOfBirth, {"date_of_birth": TOMORROW}),
        (AgeNotForCategory, {"category": "child", "date_of_birth": date(2000, 1, 1)}),
    ):
        with pytest.raises(refusal):
            await desk.change(**change)

    assert 1 == (await desk.shown()).version


@pytest.mark.parametrize(
    ("expires_on", "renewed"),
    [(date(2026, 6, 1), date(2027, 6, 1)), (date(2025, 6, 1), date(2027, 3, 2)), (TODAY, date(2027, 3, 2))],
)
async def test_a_renewal_begins_today_or_when_the_membership_ends_whichever_is_later(
    register: Register, expires_on: date, renewed: date
) -> None:
    desk = await Desk.of(register, expires_on=expires_on)

    shown = await desk.renew()

    assert (renewed, "active") == (shown.expires_on, shown.status)
    data = {"member_id": str(desk.ada.id), "expires_on": renewed.isoformat()}
    assert ("members.member.renewed", str(desk.ada.id), data) == (await register.events())[-1]


@pytest.mark.parametrize("day", [YESTERDAY, date(2027, 3, 2)])
async def test_a_renewal_that_makes_nothing_longer_is_refused(register: Register, day: date) -> None:
    desk = await Desk.of(register)

    with pytest.raises(RenewalNotLater):
        await desk.renew(day)


async def test_who_has_outgrown_the_category_is_renewed_in_the_one_that_follows(register: Register) -> None:
    desk = await Desk.of(register, category="child", details=PersonalDetails(date_of_birth=date(2008, 3, 1)))

    renewed = await desk.renew()

    told = [(entry.what, entry.facts) for entry in await register.history(desk.ada)]
    assert ("adult", (MembershipEventType.CHANGED, {"fields": "category"})) == (renewed.category, told[1])


async def test_who_has_outgrown_a_category_that_none_follows_is_not_renewed_in_it(register: Register) -> None:
    pupils = CategoryTerms("pupil", "Pupil", 12, oldest=17)
    await register.membership.change_categories(PutCategories([pupils], None))
    desk = await Desk.of(register, category="pupil", details=PersonalDetails(date_of_birth=date(2008, 3, 1)))

    with pytest.raises(AgeNotForCategory):
        await desk.renew()


async def test_an_address_that_another_account_has_is_taken_for_letters_alone(register: Register) -> None:
    await register.keep(an_account(email="family@library.example"))
    desk = await Desk.of(register)

    changed = await desk.change(email="family@library.example")

    assert ("family@library.example", "ada@library.example") == (changed.email, (await desk.account()).email.address)


async def test_who_had_no_account_gets_one_with_an_address_of_their_own(register: Register) -> None:
    await register.keep(kim := a_member(email=None))

    await register.membership.change_member(MemberChange(kim.id, None, {"email": "kim@library.example"}))

    async with register.unit_of_work() as uow:
        [account] = await uow.accounts.of_member(kim.id)
    assert ("kim@library.example", None) == (account.email.address, account.activation)


async def test_of_an_address_the_parts_change_that_are_given(register: Register) -> None:
    desk = await Desk.of(register, details=PersonalDetails(address=Address("1 High Street", "AB1", "York")))

    moved = await desk.change(address={"street": "2 High Street", "city": None})
    gone = await desk.change(address=None)

    assert (Address("2 High Street", "AB1"), None) == (moved.address, gone.address)


async def test_a_name_of_two_parts_follows_its_parts(register: Register) -> None:
    details = PersonalDetails(given_name="Ada", family_name="Lovelace")
    desk = await Desk.of(register, name="Ada Lovelace", details=details)

    assert "Ada King" == (await desk.change(family_name="King")).name
    assert "Countess Lovelace" == (await desk.change(name="Countess Lovelace")).name
    assert "Countess Lovelace" == (await desk.change(family_name="Lovelace")).name


async def test_what_a_member_wants_to_be_kept_of_past_loans_is_told(register: Register) -> None:
    desk = await Desk.of(register)

    await desk.change(reading_history=ReadingHistory.FORGET)
    await desk.change(reading_history=ReadingHistory.FORGET)

    data = {"member_id": str(desk.ada.id), "reading_history": "forget"}
    told = [event for event in await register.events() if "history" in event[0]]
    assert [("members.member.reading_history_chosen", str(desk.ada.id), data)] == told


async def test_that_somebody_is_of_another_category_is_told_and_only_then(register: Register) -> None:
    desk = await Desk.of(register)

    await desk.change(category="senior")
    await desk.change(category="senior", phone="1")

    data = {"member_id": str(desk.ada.id), "category": "senior"}
    told = [event for event in await register.events() if "category" in event[0]]
    assert [("members.member.category_changed", str(desk.ada.id), data)] == told


async def test_who_is_leaving_is_not_renewed_unless_the_member_stays(register: Register) -> None:
    desk = await Desk.of(register)
    await desk.leave()
    with pytest.raises(MemberIsLeaving):
        await desk.renew()

    stayed = await register.membership.reinstate_member(Reinstate(desk.ada.id, "the desk"))
    await desk.renew()

    assert "active" == stayed.status
    assert ["joined", "leaving", "reinstated", "renewed"] == await register.event_types()
    assert [AuditAction.ERASURE_ASKED, AuditAction.ERASURE_WITHDRAWN] == await desk.audited()


async def test_who_is_suspended_and_leaving_stays_first_and_is_reinstated_then(register: Register) -> None:
    desk = await Desk.of(register)
    await register.membership.suspend_member(MemberSuspension(desk.ada.id, "Shouting."))
    await desk.leave()

    first = await register.membership.reinstate_member(Reinstate(desk.ada.id))
    second = await register.membership.reinstate_member(Reinstate(desk.ada.id))

    assert (Status.SUSPENDED, Status.ACTIVE) == (first.status, second.status)


async def test_a_replaced_card_stands_for_nobody_and_its_number_is_never_given_again(register: Register) -> None:
    desk = await Desk.of(register, card="20000000000018")

    shown = await desk.replace("NEW-1")

    assert ("NEW-1", "NEW-1") == (shown.card_number, (await desk.shown()).card_number)
    with pytest.raises(CardReplaced):
        await register.membership.assess_standing(MemberReference(card_number="20000000000018"))
    for number in ("20000000000018", "new-1"):
        with pytest.raises(CardNumberTaken):
            await desk.replace(number)
    replaced = (await register.history(desk.ada))[-1]
    assert ("Lost.", {}) == (replaced.reason, replaced.facts)


async def test_a_card_is_drawn_until_it_is_nobodys(register: Register) -> None:
    desk = await Desk.of(register, card="20000000000014")

    register.secret_generator = FakeSecrets("000000000001", "123456789012")
    shown = await desk.replace()

    assert shown.card_number.startswith("2123456789012")
