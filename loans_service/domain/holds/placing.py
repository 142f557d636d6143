"""May this member place a hold? Every reason against it is collected, not just the first."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

from loans_service.domain.borrower import (
    ARREARS,
    MEMBERS_REFUSALS,
    Borrower,
    MayNotActFor,
    Standing,
)
from loans_service.domain.circulating_copy import CirculatingCopy
from loans_service.domain.holds.hold import Hold
from loans_service.domain.lendable_copy import LendableCopy, UnknownBranch, Volume
from loans_service.domain.rules.category_terms import CategoryTerms
from loans_service.domain.rules.conditions import NOTHING_KNOWN, Particulars
from loans_service.domain.rules.policy import (
    LendingRule,
    Policy,
)
from loans_service.domain.rules.transport import Transport
from shared.kernel.errors import Conflict, InvalidValue, LibraryError, Refused

MOST_VOLUMES = 100
"""How many volumes a refusal names at most."""

LoanOfBook = tuple[UUID, UUID, str | None]
"""The book, the copy and the volume of an open loan."""


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


class DailyHoldLimitReached(Refused):
    """Every hold that the policy grants for a day is placed."""

    code = "daily-hold-limit-reached"
    example: ClassVar = {"limit": 3, "holds": 3}

    def __init__(self, *, limit: int, holds: int) -> None:
        super().__init__(
            f"This membership may place {limit} holds a day. Place the next one tomorrow.", limit=limit, holds=holds
        )


class ItemTypeHoldLimitReached(Refused):
    """Every hold that the policy grants for this type of item is in use."""

    code = "item-type-hold-limit-reached"
    example: ClassVar = {"item_type": "dvd", "limit": 2, "holds": 2}

    def __init__(self, item_type: str, *, limit: int, holds: int) -> None:
        super().__init__(
            f"All {limit} holds for type {item_type!r} of this membership are in use. Cancel one of them first.",
            item_type=item_type,
            limit=limit,
            holds=holds,
        )


class NoLendableCopy(Conflict):
    """The library lends no copy that could fill the hold."""

    code = "no-lendable-copy"
    detail = "The library has no copy of this to lend. Ask at the desk for another edition."


class VolumeNotNamed(InvalidValue):
    """The copies of the book are of several volumes, and the hold names none."""

    code = "volume-not-named"
    detail = "The copies of this title are of several volumes. Name the one that is wanted: see `volumes`."
    field = "volume"
    example: ClassVar = {"volumes": ["1", "2"]}

    def __init__(self, volumes: Iterable[str]) -> None:
        super().__init__(self.detail, volumes=[*volumes][:MOST_VOLUMES])


class UnknownVolume(VolumeNotNamed):
    """The book has no copy of this volume that takes holds."""

    code = "unknown-volume"
    detail = "The library has no copy of this volume to lend. Name one of `volumes`, or none where that is empty."


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


class NotSentThere(Refused):
    """The policy sends no copy to the pickup branch."""

    code = "not-sent-there"
    example: ClassVar = {"branch": "EAST"}

    def __init__(self, branch: str) -> None:
        super().__init__("No copy of this is sent to that branch. Choose another pickup branch.", branch=branch)


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
    VolumeNotNamed,
    UnknownVolume,
    *MEMBERS_REFUSALS.values(),
    MayNotActFor,
    HoldLimitReached,
    DailyHoldLimitReached,
    ItemTypeHoldLimitReached,
    *ARREARS,
    HoldNotAllowedByPolicy,
    NotSentThere,
    UnknownBranch,
    InvalidHoldExpiry,
    InvalidHoldStart,
    MemberNotNamed,
)
"""The refusals that placing a hold can meet."""

AGAINST_MOVING: tuple[type[LibraryError], ...] = (
    AlreadyOnLoanToMember,
    AlreadyHeldByMember,
    NoLendableCopy,
    VolumeNotNamed,
    UnknownVolume,
    HoldNotAllowedByPolicy,
    NotSentThere,
)
"""Those that speak against what a hold that is there is to wait for instead."""


def one_is_enough(one: UUID | str | None, other: UUID | str | None) -> bool:
    """Return whether one of two holds on a book covers the other, by the copy or volume wanted; None is any copy.

    A hold for a copy and one for a volume do not, whatever volume the copy is.
    """
    return None in (one, other) or one == other


@dataclass(frozen=True, slots=True)
class RequestedItem:
    """What a hold is placed on: any copy of a book, or the copy `copy_id` alone; `holdable` is whether it takes holds.

    `item_types` are those that could fill the hold. If there are none, or `branch` is empty, the rules that name none
    apply. `location` is that of the one copy. `asked_volume` is the volume that was named, `volume` the one that the
    book has of that, and `volumes` are all that it has. With `any_edition`, copies of the
    other `editions` will do, too. `bound_book_id` is the book that was asked for, and has the `title`, if that is bound
    in the one copy of `book_id`.
    """

    book_id: UUID
    title: str
    holdable: bool
    copy_id: UUID | None = None
    item_types: tuple[str, ...] = ()
    branch: str = ""
    asked_volume: str | None = None
    volume: Volume | None = None
    volumes: tuple[Volume, ...] = ()
    location: str | None = None
    editions: tuple[UUID, ...] = ()
    any_edition: bool = False
    bound_book_id: UUID | None = None

    @property
    def book_ids(self) -> frozenset[UUID]:
        """The books whose copies would do."""
        return frozenset({self.book_id, *(self.editions if self.any_edition else ())})

    @property
    def wanted(self) -> UUID | str | None:
        """The copy or the volume that alone will do, None for any copy of the book."""
        return self.copy_id or (None if self.volume is None else self.volume.key)

    @property
    def item_type(self) -> str | None:
        """The type of all copies that could fill the hold, None if they differ."""
        return self.item_types[0] if len(self.item_types) == 1 else None

    def is_covered_by(self, hold: Hold) -> bool:
        """Return whether a hold makes one for this needless.

        For two books that are bound in one copy it does only if both wait for that copy.
        """
        asked = self.book_ids if self.bound_book_id is None else {self.bound_book_id}
        if hold.bound_book_id in asked:  # it was placed for any copy of that book
            return True
        if hold.book_id not in self.book_ids:
            return False
        if hold.bound_book_id != self.bound_book_id:
            return hold.wanted == self.wanted
        return one_is_enough(hold.wanted, self.wanted)

    def takes(self, copy: LendableCopy | CirculatingCopy) -> bool:
        """Return whether this copy of the book would do."""
        return self.wanted in (None, copy.copy_id, copy.volume_key)

    def refusals(self) -> Iterator[LibraryError]:
        """Yield every reason why no copy can be waited for: the volume is not named or unknown, or none is lent."""
        if self.asked_volume is not None and self.volume is None:
            yield UnknownVolume(each.volume for each in self.volumes)
        elif self.wanted is None and len(self.volumes) > 1:
            yield VolumeNotNamed(each.volume for each in self.volumes)
        elif not self.holdable:
            yield NoLendableCopy()


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
    loans: Iterable[LoanOfBook],
    holds: Iterable[Hold],
) -> tuple[LibraryError, ...]:
    """Return every reason against a hold, given what the member has on loan, and the active `holds`.

    The policy must take the hold in the `pickup_branch`, too, if one is named.
    """
    active = list(holds)
    refusals: list[LibraryError] = []
    if any(book_id in item.book_ids and item.wanted in (None, *of_copy) for book_id, *of_copy in loans):
        refusals.append(AlreadyOnLoanToMember())
    if any(item.is_covered_by(hold) for hold in active):
        refusals.append(AlreadyHeldByMember())
    refusals += item.refusals()
    refusals += standing.in_branch(pickup_branch or item.branch or None).against_hold
    refusals += _against_number(policy.terms_for(standing.category), item.item_type, active)
    refusals += against_fetching_at(item.branch, item, standing, policy)
    if pickup_branch is not None and not any(isinstance(each, HoldNotAllowedByPolicy) for each in refusals):
        refusals += against_fetching_at(pickup_branch, item, standing, policy)
    return tuple(refusals)


def _against_number(terms: CategoryTerms, item_type: str | None, active: Sequence[Hold]) -> Iterator[LibraryError]:
    if len(active) >= terms.most_holds:
        yield HoldLimitReached(limit=terms.most_holds, holds=len(active))
    most = None if item_type is None else terms.most_holds_per_item_type.get(item_type)
    alike = sum(hold.item_type == item_type for hold in active)
    if item_type is not None and most is not None and alike >= most:
        yield ItemTypeHoldLimitReached(item_type, limit=most, holds=alike)


def against_one_more_today(terms: CategoryTerms, *, placed: int) -> Iterator[LibraryError]:
    """Yield DailyHoldLimitReached if a member has `placed` as many holds today as the policy grants for a day."""
    if terms.most_holds_per_day is not None and placed >= terms.most_holds_per_day:
        yield DailyHoldLimitReached(limit=terms.most_holds_per_day, holds=placed)


def against_debtor(borrower: Borrower, policy: Policy, *, category: str, now: datetime) -> Iterator[LibraryError]:
    """Yield what the borrower owes or has overdue, as far as that stops holds, too."""
    yield from borrower.arrears(policy.terms_for(category), now=now, only=policy.holds.stopped_by)


def against_transport(
    transport: Transport, copies: Iterable[CirculatingCopy], *, to: str, origin: str | None = None
) -> Iterator[NotSentThere]:
    """Yield NotSentThere if there are copies, and none is sent from its home, or from `origin`, to the branch `to`."""
    sent = [transport.sends(copy.item_type, origin or copy.home_branch, to) for copy in copies]
    if sent and not any(sent):
        yield NotSentThere(to)


def against_fetching_at(
    branch: str, item: RequestedItem, standing: Standing, policy: Policy
) -> Iterator[HoldNotAllowedByPolicy]:
    """Yield HoldNotAllowedByPolicy if the policy takes no holds of this member for the item in a branch."""
    known = Particulars(item.location, standing.home_branch, standing.age)
    yield from against_fetching(policy, standing.category, item.item_types, branch=branch, known=known)


def against_fetching(
    policy: Policy, category: str, item_types: Iterable[str], *, branch: str, known: Particulars = NOTHING_KNOWN
) -> Iterator[HoldNotAllowedByPolicy]:
    """Yield HoldNotAllowedByPolicy if the policy takes no holds of a category in a branch for any of the item types."""
    rules = _rules(policy, category, item_types, branch, known)
    if not any(rule.loanable and rule.holds_allowed for rule in rules):
        yield HoldNotAllowedByPolicy(category, rules[0].name)


def _rules(
    policy: Policy, category: str, item_types: Iterable[str], branch: str, known: Particulars
) -> list[LendingRule]:
    types = tuple(item_types) or ("",)
    return [policy.rule_for(category=category, item_type=item_type, branch=branch, known=known) for item_type in types]
