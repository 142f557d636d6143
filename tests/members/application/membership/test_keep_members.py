"""Changing, renewing, and giving out cards; and what the history tells of it."""

from datetime import date
from typing import Any

import pytest

from members_service.application.membership.change_member import ChangeMember, change_member
from members_service.application.membership.reinstate_member import reinstate_member
from members_service.application.membership.renew_membership import RenewMembership, renew_membership
from members_service.application.membership.replace_card import ReplaceCard, replace_card
from members_service.application.membership.suspend_member import SuspendMember, suspend_member
from members_service.application.membership.views import MemberView
from members_service.domain.audit import AuditAction
from members_service.domain.email import EmailTaken, InvalidEmail
from members_service.domain.membership.card import CardNumberTaken
from members_service.domain.membership.history_entry import MembershipEventType
from members_service.domain.membership.member import MemberIsLeaving, RenewalNotLater
from members_service.domain.membership.member_events import MemberLeaving, MemberReinstated, MemberRenewed
from members_service.domain.membership.membership import AgeNotForCategory, Category
from members_service.domain.membership.personal_details import InvalidDateOfBirth, PersonalDetails
from members_service.domain.membership.standing import Status
from shared.kernel.errors import OutOfDate
from shared.kernel.ids import new_id
from tests.members.fakes import FakeSecrets, FakeUnitOfWork, SteppingClock
from tests.members.makers import CATEGORIES, NOW, TODAY, TOMORROW, UTC_ZONE, YESTERDAY, a_member, an_account


class Desk:
    """A desk with one member on record, who has an account."""

    def __init__(self, **facts: Any) -> None:
        self.uow = FakeUnitOfWork()
        self.ada = a_member(**facts)
        self.uow.members.add(self.ada)
        self.uow.accounts.add(account := an_account(member_id=self.ada.id))
        self.account = account
        self.given: Any = {"uow": self.uow, "clock": SteppingClock(), "zone": UTC_ZONE}

    async def change(self, *, version: int | None = None, **changes: Any) -> MemberView:
        command = ChangeMember(self.ada.id, version, changes, "the desk")
        return await change_member(command, throttle=self.uow.attempts, categories=CATEGORIES, **self.given)

    async def renew(self, expires_on: date | None = None) -> MemberView:
        return await renew_membership(RenewMembership(self.ada.id, expires_on), categories=CATEGORIES, **self.given)

    async def replace(self, number: str | None = None, *, secret_generator: FakeSecrets | None = None) -> MemberView:
        return await replace_card(
            ReplaceCard(self.ada.id, number, "Lost."),
            secret_generator=secret_generator or FakeSecrets(),
            **self.given,
        )


async def test_what_is_left_out_of_a_change_stays() -> None:
    desk = Desk(details=PersonalDetails("1", "London", YESTERDAY))

    changed = await desk.change(name="Ada King", phone=None, category="senior")

    assert ("Ada King", None, "senior") == (changed.name, changed.phone, changed.category)
    assert ("London", YESTERDAY, "ada@library.example") == (changed.address, changed.date_of_birth, changed.email)


async def test_the_history_tells_who_changed_which_fields_and_not_what_was_in_them() -> None:
    desk = Desk()

    await desk.change(name="Ada King", phone="+44 20", language=None)

    joined, changed = desk.uow.history_entries
    assert (MembershipEventType.JOINED, MembershipEventType.CHANGED) == (joined.what, changed.what)
    assert ("the desk", {"fields": "name phone"}) == (changed.by, changed.facts)


async def test_a_change_that_changes_nothing_leaves_no_trace() -> None:
    desk = Desk()

    changed = await desk.change(name="Ada Lovelace")

    assert (1, [MembershipEventType.JOINED]) == (changed.version, [entry.what for entry in desk.uow.history_entries])


async def test_only_the_version_that_was_seen_is_changed() -> None:
    desk = Desk()
    await desk.change(version=1, name="Ada King")

    with pytest.raises(OutOfDate):
        await desk.change(version=1, name="Ada Byron")

    assert "Ada King" == desk.ada.name


async def test_who_gets_another_address_signs_in_with_it() -> None:
    desk = Desk()

    await desk.change(email="King@library.example")

    assert "King@library.example" == desk.ada.email.address == desk.account.email.address
    assert [AuditAction.EMAIL_CHANGED] == [record.action for record in desk.uow.audit.records]


async def test_an_address_written_differently_is_the_same_address() -> None:
    desk = Desk()

    changed = await desk.change(email="ADA@library.example")

    assert ("ADA@library.example", []) == (changed.email, desk.uow.audit.records)


async def test_a_change_obeys_the_same_rules_as_an_enrolment() -> None:
    desk = Desk()
    desk.uow.members.add(a_member(card="KIM", email="kim@x.y"))
    for refusal, change in (
        (EmailTaken, {"email": "KIM@x.y"}),
        (InvalidEmail, {"email": "nowhere"}),
        (InvalidDateOfBirth, {"date_of_birth": TOMORROW}),
        (AgeNotForCategory, {"category": "child", "date_of_birth": date(2000, 1, 1)}),
    ):
        with pytest.raises(refusal):
            await desk.change(**change)

    assert 0 == desk.uow.commits


@pytest.mark.parametrize(
    ("expires_on", "renewed"),
    [(date(2026, 6, 1), date(2027, 6, 1)), (date(2025, 6, 1), date(2027, 3, 2)), (TODAY, date(2027, 3, 2))],
)
async def test_a_renewal_begins_today_or_when_the_membership_ends_whichever_is_later(
    expires_on: date, renewed: date
) -> None:
    desk = Desk(expires_on=expires_on)

    shown = await desk.renew()

    assert (renewed, "active") == (shown.expires_on, shown.status)
    assert MemberRenewed(desk.ada.id, renewed, NOW) == desk.uow.events[-1]


@pytest.mark.parametrize("day", [YESTERDAY, date(2027, 3, 2)])
async def test_a_renewal_that_makes_nothing_longer_is_refused(day: date) -> None:
    with pytest.raises(RenewalNotLater):
        await Desk().renew(day)


async def test_who_has_outgrown_the_category_is_not_renewed_in_it() -> None:
    desk = Desk(category=Category.CHILD, details=PersonalDetails(date_of_birth=date(2008, 3, 1)))

    with pytest.raises(AgeNotForCategory):
        await desk.renew()


async def test_who_is_leaving_is_not_renewed_unless_the_member_stays() -> None:
    desk = Desk()
    desk.ada.leave(leaving_id := new_id(), now=NOW)
    with pytest.raises(MemberIsLeaving):
        await desk.renew()

    stayed = await reinstate_member(desk.ada.id, by="the desk", **desk.given)
    await desk.renew()

    assert "active" == stayed.status
    assert [MemberLeaving(desk.ada.id, leaving_id, NOW), MemberReinstated(desk.ada.id, NOW)] == desk.uow.events[1:3]
    assert [AuditAction.ERASURE_WITHDRAWN] == [record.action for record in desk.uow.audit.records]


async def test_who_is_suspended_and_leaving_stays_first_and_is_reinstated_then() -> None:
    desk = Desk()
    await suspend_member(SuspendMember(desk.ada.id, "Shouting."), **desk.given)
    desk.ada.leave(new_id(), now=NOW)

    first = await reinstate_member(desk.ada.id, **desk.given)
    second = await reinstate_member(desk.ada.id, **desk.given)

    assert (Status.SUSPENDED, Status.ACTIVE) == (first.status, second.status)


async def test_a_replaced_card_stands_for_nobody_and_its_number_is_never_given_again() -> None:
    desk = Desk(card="20000000000018")

    shown = await desk.replace("NEW-1")

    assert "NEW-1" == shown.card_number == desk.ada.card.number
    assert [NOW, None] == [card.replaced_at for card in desk.ada.cards]
    for number in ("20000000000018", "new-1"):
        with pytest.raises(CardNumberTaken):
            await desk.replace(number)
    assert ("Lost.", {}) == (desk.uow.history_entries[-1].reason, desk.uow.history_entries[-1].facts)


async def test_a_card_is_drawn_until_it_is_nobodys() -> None:
    desk = Desk(card="20000000000014")

    shown = await desk.replace(secret_generator=FakeSecrets("000000000001", "123456789012"))

    assert shown.card_number.startswith("2123456789012")
