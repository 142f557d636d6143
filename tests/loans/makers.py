"""Makers of valid circulation things; a test changes only the fact that matters to it."""

import json
from datetime import UTC, date, datetime, time
from importlib import resources
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from loans_service.domain.borrower import OpenLoan, Standing
from loans_service.domain.circulating_copy import CirculatingCopy
from loans_service.domain.holds.hold import Hold
from loans_service.domain.lendable_copy import LendableCopy, Volume
from loans_service.domain.lending.loan import Loan
from loans_service.domain.lending.loan_terms import LoanTerms
from loans_service.domain.money import Money
from loans_service.domain.rules.calendar import Calendar, Hours
from loans_service.domain.rules.overdue_rate import OverdueRate
from loans_service.domain.rules.policy import LendingRule, Period, Unit
from loans_service.domain.rules.policy_document import read_policy
from shared.kernel.errors import LibraryError
from shared.kernel.ids import new_id

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
"""A Monday morning."""

ADA = UUID("01900000-0000-7000-8000-00000000ada0")
EMMA_COPY = UUID("01900000-0000-7000-8000-00000000c0b1")
EMMA = UUID("01900000-0000-7000-8000-00000000b00c")
UTC_ZONE = ZoneInfo("UTC")


def default_document() -> dict[str, Any]:
    """The policy that ships with the service, as a document; its amounts name no currency."""
    text = (resources.files("loans_service.adapters.rules") / "default_policy.json").read_text(encoding="utf-8")
    document: dict[str, Any] = json.loads(text)
    return document


POLICY = read_policy(default_document(), version=1, currency="EUR")
"""The policy that ships with the service."""
ALWAYS_OPEN = Calendar(UTC_ZONE)
NINE_TO_SIX = (Hours(time(9), time(18)),)
WEEKDAYS = (*[NINE_TO_SIX] * 5, (), ())
"""Open from Monday to Friday."""


def euros(cents: int) -> Money:
    return Money(cents, "EUR")


def a_rule(
    amount: int = 21,
    unit: Unit = Unit.DAYS,
    *,
    fixed_due_date: date | None = None,
    others_wait: Period | None = None,
    grace_days: int = 1,
) -> LendingRule:
    return LendingRule(
        name="test",
        period=Period(amount, unit),
        period_when_others_wait=others_wait,
        fixed_due_date=fixed_due_date,
        fine=OverdueRate(euros(20), euros(1000), grace_days),
    )


def a_copy(
    *,
    copy_id: UUID = EMMA_COPY,
    book_id: UUID = EMMA,
    item_type: str = "book",
    barcode: str = "30000000000019",
    branch: str = "MAIN",
    refusals: tuple[LibraryError, ...] = (),
    price: Money | None = None,
    volume: str | None = None,
    location: str | None = None,
) -> LendableCopy:
    return LendableCopy(
        copy_id, book_id, barcode, "Emma", branch, item_type, "UTC", refusals, price,
        volume_key=volume, location=location,
    )  # fmt: skip


def a_standing(
    *,
    member_id: UUID = ADA,
    category: str = "adult",
    membership_ends: date = date(2027, 1, 1),
    refusals: tuple[LibraryError, ...] = (),
    against_renewal: tuple[LibraryError, ...] = (),
    against_hold: tuple[LibraryError, ...] = (),
    home_branch: str | None = None,
    age: int | None = None,
    against_collecting: tuple[LibraryError, ...] = (),
) -> Standing:
    return Standing(
        member_id, category, membership_ends, refusals, against_renewal, against_hold, home_branch=home_branch, age=age,
        against_collecting=against_collecting,
    )  # fmt: skip


def open_loans(
    number: int,
    *,
    member_id: UUID = ADA,
    due_at: datetime = datetime(2026, 4, 1, tzinfo=UTC),
    item_type: str = "book",
    branch: str = "MAIN",
) -> tuple[OpenLoan, ...]:
    return tuple(OpenLoan(new_id(), member_id, due_at, item_type, branch) for _ in range(number))


def a_loan(
    *,
    copy_id: UUID = EMMA_COPY,
    barcode: str = "30000000000019",
    member_id: UUID = ADA,
    now: datetime = NOW,
    due_at: datetime = datetime(2026, 3, 23, 23, 59, 59, tzinfo=UTC),
    branch: str = "MAIN",
) -> Loan:
    return Loan(
        id=new_id(),
        copy=CirculatingCopy(copy_id, EMMA, barcode, "Emma", "MAIN", "book"),
        member_id=member_id,
        branch=branch,
        now=now,
        due_at=due_at,
        terms=LoanTerms("adult", 1, 2, "adult"),
        timezone="UTC",
    )


def a_hold(
    order: int = 1,
    *,
    member_id: UUID | None = None,
    category: str = "adult",
    wanted_copy_id: UUID | None = None,
    pickup_branch: str | None = "MAIN",
    expires_on: date | None = None,
    not_before: date | None = None,
    volume: str | None = None,
    member_branch: str | None = None,
    item_type: str | None = None,
    book_id: UUID = EMMA,
    bound_book_id: UUID | None = None,
) -> Hold:
    hold = Hold(
        id=new_id(),
        book_id=book_id,
        title="Emma",
        wanted_copy_id=wanted_copy_id,
        member_id=member_id or new_id(),
        category=category,
        pickup_branch=pickup_branch,
        placed_at=NOW,
        volume=None if volume is None else Volume(volume, volume),
        member_branch=member_branch,
        item_type=item_type,
        bound_book_id=bound_book_id,
    )
    hold.wait_between(not_before, expires_on, calendar=ALWAYS_OPEN)
    hold.join(order, position=order)
    return hold


def emmas_copy(copy_id: UUID = EMMA_COPY, *, home_branch: str = "MAIN", volume: str | None = None) -> CirculatingCopy:
    return CirculatingCopy(copy_id, EMMA, "30000000000019", "Emma", home_branch, "book", volume_key=volume)
