"""May this member place a hold? Every reason against it is collected, not just the first."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import ClassVar
from uuid import UUID

from loans_service.domain.borrower import MEMBERS_REFUSALS, Standing
from loans_service.domain.holds.hold import Hold
from loans_service.domain.lendable_copy import UnknownBranch
from loans_service.domain.rules.policy import LendingRule, Policy
from shared.kernel.errors import Conflict, InvalidValue, LibraryError, Refused


class AlreadyOnLoanToMember(Conflict):
    """The member has the book at home."""

    code = "already-on-loan-to-member"
    detail = "This member has a copy of this book on loan. Renew the loan instead."


class AlreadyHeldByMember(Conflict):
    """The member waits for the book already."""

    code = "already-held-by-member"
    detail = "This member has a hold for this book already. Wait for it, or cancel it first."


class HoldLimitReached(Refused):
    """Every hold that the policy grants is in use."""

    code = "hold-limit-reached"
    example: ClassVar = {"limit": 5, "holds": 5}

    def __init__(self, *, limit: int, holds: int) -> None:
        super().__init__(
            f"All {limit} holds of this membership are in use. Cancel one first.", limit=limit, holds=holds
        )


class NoLendableCopy(Conflict):
    """The library lends no copy that could fill the hold."""

    code = "no-lendable-copy"
    detail = "The library has no copy of this to lend. Ask at the desk for another edition."


class HoldNotAllowedByPolicy(Refused):
    """The policy takes no holds for this."""

    code = "hold-not-allowed-by-policy"
    example: ClassVar = {"category": "adult", "rule": "reference"}

    def __init__(self, category: str, rule: str) -> None:
        super().__init__(
            f"The policy (rule {rule!r}) takes no holds for this from the category {category!r}.",
            category=category,
            rule=rule,
        )


class InvalidHoldExpiry(InvalidValue):
    """The member would wait until a day that has passed."""

    code = "invalid-hold-expiry"
    detail = "A hold expires today at the earliest. Choose a later day, or none."
    field = "expires_on"


class InvalidHoldStart(InvalidValue):
    """The member would begin to wait after the last day of waiting."""

    code = "invalid-hold-start"
    detail = "A hold begins on the day on which it expires, or earlier. Choose an earlier day, or none."
    field = "not_before"


class MemberNotNamed(InvalidValue):
    """Nobody is named, and the account that asks belongs to no member."""

    code = "member-not-named"
    detail = "Name the member by card_number or member_id: this account has none."
    field = "member_id"


AGAINST_HOLD: tuple[type[LibraryError], ...] = (
    AlreadyOnLoanToMember,
    AlreadyHeldByMember,
    NoLendableCopy,
    *MEMBERS_REFUSALS.values(),
    HoldLimitReached,
    HoldNotAllowedByPolicy,
    UnknownBranch,
    InvalidHoldExpiry,
    InvalidHoldStart,
    MemberNotNamed,
)
"""The refusals that placing a hold can meet."""


def one_is_enough(one: UUID | None, other: UUID | None) -> bool:
    """Return whether one of two holds on a book covers the other; None is a hold for any copy."""
    return None in (one, other) or one == other


@dataclass(frozen=True, slots=True)
class RequestedItem:
    """What a hold is placed on: any copy of a book, or the copy `copy_id` alone; `holdable` is whether it takes holds.

    `item_types` are those that could fill the hold. If there are none, or `branch` is empty, the rules that name none
    apply.
    """

    book_id: UUID
    title: str
    holdable: bool
    copy_id: UUID | None = None
    item_types: tuple[str, ...] = ()
    branch: str = ""


def against_days(*, not_before: date | None, expires_on: date | None, today: date) -> Iterator[LibraryError]:
    """Yield every reason against waiting from one day to another."""
    if expires_on is not None and expires_on < today:
        yield InvalidHoldExpiry()
    if not_before is not None and expires_on is not None and expires_on < not_before:
        yield InvalidHoldStart()


def against_placing(
    item: RequestedItem,
    standing: Standing,
    policy: Policy,
    *,
    pickup_branch: str | None = None,
    loans: Iterable[tuple[UUID, UUID]],
    holds: Iterable[Hold],
) -> tuple[LibraryError, ...]:
    """Return every reason against a hold, given book and copy of the member's `loans`, and the active `holds`.

    The policy must take the hold in the `pickup_branch`, too, if one is named.
    """
    active = list(holds)
    refusals: list[LibraryError] = []
    if any(book_id == item.book_id and item.copy_id in (None, copy_id) for book_id, copy_id in loans):
        refusals.append(AlreadyOnLoanToMember())
    same_book = [hold.wanted_copy_id for hold in active if hold.book_id == item.book_id]
    if any(one_is_enough(theirs, item.copy_id) for theirs in same_book):
        refusals.append(AlreadyHeldByMember())
    if not item.holdable:
        refusals.append(NoLendableCopy())
    refusals += standing.against_hold
    limit = policy.terms_for(standing.category).most_holds
    if len(active) >= limit:
        refusals.append(HoldLimitReached(limit=limit, holds=len(active)))
    refusals += against_fetching(policy, standing.category, item.item_types, branch=item.branch)
    if pickup_branch is not None and not any(isinstance(each, HoldNotAllowedByPolicy) for each in refusals):
        refusals += against_fetching(policy, standing.category, item.item_types, branch=pickup_branch)
    return tuple(refusals)


def against_fetching(
    policy: Policy, category: str, item_types: Iterable[str], *, branch: str
) -> Iterator[HoldNotAllowedByPolicy]:
    """Yield HoldNotAllowedByPolicy if the policy takes no holds of a category in a branch for any of the item types."""
    rules = _rules(policy, category, item_types, branch)
    if not any(rule.loanable and rule.holds_allowed for rule in rules):
        yield HoldNotAllowedByPolicy(category, rules[0].name)


def _rules(policy: Policy, category: str, item_types: Iterable[str], branch: str) -> list[LendingRule]:
    types = tuple(item_types) or ("",)
    return [policy.rule_for(category=category, item_type=item_type, branch=branch) for item_type in types]
