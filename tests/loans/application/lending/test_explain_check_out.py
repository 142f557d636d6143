"""The explanation and the check-out that follows never differ, whatever the situation."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loans_service.application.lending.check_out_copy import check_out_copy
from loans_service.application.lending.explain_check_out import explain_check_out
from loans_service.application.lending.judge_check_out import CheckOutCopy
from loans_service.application.neighbours import CopyKey, MemberKey
from loans_service.application.rules.circulation_rules import CirculationRules
from loans_service.domain.borrower import MemberBlocked
from loans_service.domain.lendable_copy import CopyNotLendable
from loans_service.domain.rules.calendar import Calendar
from shared.kernel.errors import LibraryError, Refusals
from shared.kernel.ids import new_id
from tests.loans.fakes import FakeCatalogue, FakeMembers, SteppingClock
from tests.loans.makers import ALWAYS_OPEN, EMMA_COPY, NOW, POLICY, UTC_ZONE, WEEKDAYS, a_copy, a_loan, a_standing
from tests.loans.memory import Memory
from tests.loans.memory_work import FakeUnitOfWork

CALENDARS = (ALWAYS_OPEN, Calendar(UTC_ZONE, weekly=WEEKDAYS), Calendar(UTC_ZONE, weekly=((),) * 7))
CODES = (
    "not-loanable-by-policy",
    "loan-limit-reached",
    "member-blocked",
    "no-open-day",
    "copy-on-loan",
    "fines-owed",
    "unknown-branch",
)
COMMANDS = st.fixed_dictionaries(
    {
        "copy": st.sampled_from([CopyKey(barcode="30000000000019"), CopyKey(barcode="nowhere")]),
        "member": st.sampled_from([MemberKey(card_number="ADA"), MemberKey(card_number="nobody")]),
        "branch": st.sampled_from([None, "east", "ATLANTIS"]),
        "due_at": st.none() | st.integers(-3, 400).map(lambda days: NOW + timedelta(days=days)),
        "override_codes": st.lists(st.sampled_from(CODES), unique=True, max_size=3).map(tuple),
        "by_staff": st.booleans(),
    }
)


def codes(error: LibraryError) -> list[str]:
    refusals = error.refusals if isinstance(error, Refusals) else (error,)
    return [refusal.code for refusal in refusals]


SITUATIONS = st.fixed_dictionaries(
    {
        "item_type": st.sampled_from(["book", "dvd", "reference"]),
        "category": st.sampled_from(["adult", "child", "student", "pirate"]),
        "ends": st.dates(date(2026, 2, 20), date(2026, 4, 30)),
        "loans": st.sampled_from([0, 4, 5, 9, 10]),
        "out": st.booleans(),
        "blocked": st.booleans(),
        "broken": st.booleans(),
    }
)


@settings(deadline=None)
@given(command=COMMANDS, situation=SITUATIONS, calendar=st.sampled_from(CALENDARS))
async def test_the_explanation_is_what_the_check_out_then_does(
    command: dict[str, Any], situation: dict[str, Any], calendar: Calendar
) -> None:
    memory = Memory()
    memory.rules = CirculationRules(replace(POLICY, version=4), calendar)
    for _ in range(situation["loans"]):
        memory.keep(a_loan(copy_id=new_id(), due_at=NOW + timedelta(days=1)))
    if situation["out"]:
        memory.keep(a_loan(copy_id=EMMA_COPY, member_id=new_id()))
    broken = (CopyNotLendable("In repair."),) if situation["broken"] else ()
    blocked = (MemberBlocked("Blocked."),) if situation["blocked"] else ()
    ada = a_standing(category=situation["category"], membership_ends=situation["ends"], refusals=blocked)
    desk: dict[str, Any] = {
        "catalogue": FakeCatalogue(a_copy(item_type=situation["item_type"], refusals=broken)),
        "members": FakeMembers(ADA=ada),
        "clock": SteppingClock(),
    }
    kept = len(memory.loans)

    told = await explain_check_out(
        CheckOutCopy(**command, override_comment="Fine."), uow=FakeUnitOfWork(memory), **desk
    )

    assert (kept, []) == (len(memory.loans), memory.told)
    if told.allowed:
        loan = await check_out_copy(
            CheckOutCopy(**command, override_comment="Fine."), uow=FakeUnitOfWork(memory), **desk
        )

        assert told.policy is not None
        assert (told.policy.name, told.policy.version) == (loan.policy.name, loan.policy.version)
        assert told.due_at == told.steps[-1].due_at == loan.due_at
    else:
        with pytest.raises(LibraryError) as refused:
            await check_out_copy(CheckOutCopy(**command, override_comment="Fine."), uow=FakeUnitOfWork(memory), **desk)
        assert codes(refused.value) == [refusal.code for refusal in told.refusals]
