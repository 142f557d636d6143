"""The explanation and the check-out that follows never differ, whatever the situation."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from loans_service.application.lending.ask_both import CheckOut
from loans_service.application.neighbours import MemberKey
from loans_service.domain.borrower import MemberBlocked
from loans_service.domain.circulating_copy import CopyKey
from loans_service.domain.lendable_copy import CopyNotLendable
from shared.kernel.errors import LibraryError, Refusals
from tests.loans.branch import Branch
from tests.loans.makers import NOW, a_copy, a_standing

WEEKDAYS = {day: [["09:00", "18:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
SHUT = [{"from": "2026-01-01", "to": "2029-12-31", "name": "Rebuilding"}]
CALENDARS: tuple[dict[str, Any] | None, ...] = (None, {"weekly": WEEKDAYS}, {"weekly": WEEKDAYS, "closed": SHUT})
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


@settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture]
)  # each starts from what it clears itself
@given(command=COMMANDS, situation=SITUATIONS, calendar=st.sampled_from(CALENDARS))
async def test_the_explanation_is_what_the_check_out_then_does(
    branch: Branch, command: dict[str, Any], situation: dict[str, Any], calendar: dict[str, Any] | None
) -> None:
    await branch.forget_everything()
    if calendar is not None:
        await branch.put_calendar({"timezone": "UTC"} | calendar)
        await branch.put_calendar({"timezone": "UTC"} | calendar, branch="EAST")
    await branch.lend_before(situation["loans"], out=situation["out"])
    broken = (CopyNotLendable("In repair."),) if situation["broken"] else ()
    blocked = (MemberBlocked("Blocked."),) if situation["blocked"] else ()
    branch.catalogue.copies = [a_copy(item_type=situation["item_type"], refusals=broken)]
    branch.members.by_card["ADA"] = a_standing(
        category=situation["category"], membership_ends=situation["ends"], refusals=blocked
    )
    asked = CheckOut(**command, override_comment="Fine.")
    before = await branch.events(), await branch.open_loans()

    told = await branch.lending.explain_check_out(asked)

    assert before == (await branch.events(), await branch.open_loans())
    if told.allowed:
        loan = await branch.lending.check_out_copy(asked)

        assert told.policy is not None
        assert (told.policy.name, told.policy.version) == (loan.policy.name, loan.policy.version)
        assert told.due_at == told.steps[-1].due_at == loan.due_at
    else:
        with pytest.raises(LibraryError) as refused:
            await branch.lending.check_out_copy(asked)
        assert codes(refused.value) == [refusal.code for refusal in told.refusals]
