"""The account of a borrower, and its view."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from loans_service.application.refusal_views import RefusalView
from loans_service.domain.borrower import OpenLoan
from loans_service.domain.rules.category_terms import CategoryTerms


@dataclass(frozen=True, slots=True)
class BorrowerAccount:
    """What lending has stored about one member; `open_loans` are without those claimed returned.

    `holds` counts those that have not ended; `owed` by the member and `credit` owed to the member are in minor units of
    the library's currency. `suspended_until` is the last day of a suspension for lateness, which may be over;
    `claims` is how often something was claimed returned; `sent_to_collection_at` since when a collection agency has
    something that is still owed.
    """

    open_loans: tuple[OpenLoan, ...]
    holds: int
    owed: int
    credit: int
    leaving: bool
    policy_version: int
    suspended_until: date | None
    claims: int
    sent_to_collection_at: datetime | None


@dataclass(frozen=True, slots=True)
class SharedLimitView:
    """How many loans the policy grants together of some item types, or in some branches; none named means all."""

    most: int
    item_types: list[str]
    branches: list[str]


@dataclass(frozen=True, slots=True)
class LimitsView:
    """How much the policy grants at the same time.

    Borrowing stops with `overdue` loans late, `owed` owed, `lost` copies lost, or a recalled loan `days_recall_overdue`
    late; null: whatever it is.
    """

    loans: int
    loans_per_item_type: dict[str, int]
    loans_of: list[SharedLimitView]
    holds: int
    overdue: int
    owed: dict[str, Any]
    lost: int | None
    days_recall_overdue: int | None

    @classmethod
    def of(cls, terms: CategoryTerms) -> "LimitsView":
        """Show the terms of a category."""
        return cls(
            loans=terms.most_loans,
            loans_per_item_type=dict(terms.most_loans_per_item_type),
            loans_of=[SharedLimitView(each.most, [*each.item_types], [*each.branches]) for each in terms.most_loans_of],
            holds=terms.most_holds,
            overdue=terms.most_overdue,
            owed=terms.most_owed.figures(),
            lost=terms.most_lost,
            days_recall_overdue=terms.most_days_recall_overdue,
        )


@dataclass(frozen=True, slots=True)
class BorrowerView:
    """Where a borrower stands. Whether the member may renew and hold is members' word; borrowing has limits as well.

    `credit` is what the library owes the member; it does not count against `owed` until it is used.
    """

    member_id: UUID
    may_borrow: bool
    may_renew: bool
    may_hold: bool
    open_loans: int
    overdue: int
    holds: int
    owed: dict[str, Any]
    sent_to_collection_at: datetime | None
    accruing: dict[str, Any]
    suspended_until: date | None
    credit: dict[str, Any]
    claims: int
    limits: LimitsView
    refusals: list[RefusalView]
