"""What lending knows of a member: members' answer to "may this member borrow?", and the open loans."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, ClassVar
from uuid import UUID

from loans_service.domain.circulating_copy import same_branch
from loans_service.domain.money import Money
from loans_service.domain.rules.category_terms import Arrears, CategoryTerms, SharedLimit
from loans_service.domain.statistics.atoms import age_band_of
from shared.kernel.errors import LibraryError, NotFound, Refused


@dataclass(frozen=True, slots=True)
class ActedBy:
    """A member who acts for the borrower, as guardian or proxy, and what that one may do."""

    member_id: UUID
    may: frozenset[str]

    def against(self, *acts: str) -> tuple[LibraryError, ...]:
        """Return the refusal of one who may do none of these."""
        return () if self.may.intersection(acts) else (MayNotActFor(acts),)


@dataclass(frozen=True, slots=True)
class StandingNote:
    """What a desk shows to staff when it serves the member, at one branch or at every one."""

    text: str
    branch: str | None = None

    def is_shown_at(self, branch: str) -> bool:
        """Whether a desk of this branch shows it."""
        return self.branch is None or same_branch(self.branch, branch)


@dataclass(frozen=True, slots=True)
class Standing:
    """Members' answer. `refusals` are members' reasons against borrowing; empty means the member may borrow.

    Members' reasons against renewing, holding, and collecting what is ready stand beside them; some count in one branch
    alone. `home_branch` is the branch that the member chose,
    `age` is in full years; None if members knows none. `acted_by` is who
    acts for the member, if somebody does. `notes` stop nothing.
    """

    member_id: UUID
    category: str
    membership_ends: date
    refusals: tuple[LibraryError, ...] = ()
    against_renewal: tuple[LibraryError, ...] = ()
    against_hold: tuple[LibraryError, ...] = ()
    home_branch: str | None = None
    age: int | None = None
    acted_by: ActedBy | None = None
    pays_for: tuple[UUID, ...] = ()
    notes: tuple[StandingNote, ...] = ()
    against_collecting: tuple[LibraryError, ...] = ()

    def in_branch(self, branch: str | None) -> "Standing":
        """Return this standing with the refusals that count in a branch; None: those that count in all."""
        found = {name: refusals for name in _AGAINST if (refusals := getattr(self, name))}
        if not found:  # as most members are
            return self
        counting: dict[str, Any] = {name: tuple(_counting(refusals, branch)) for name, refusals in found.items()}
        return replace(self, **counting)

    @property
    def age_band(self) -> str | None:
        """What figures know of the age."""
        return None if self.age is None else age_band_of(self.age)

    def with_erasure_refusal(self, *, leaving: bool) -> "Standing":
        """Return this standing, with the refusal of a member who is leaving, if lending knows that before members."""
        if not leaving or any(isinstance(refusal, MemberLeaving) for refusal in self.refusals):
            return self
        refusal = MemberLeaving("The member is leaving the library: copies can only be returned.")
        return replace(
            self,
            refusals=(*self.refusals, refusal),
            against_renewal=(*self.against_renewal, refusal),
            against_hold=(*self.against_hold, refusal),
        )


_AGAINST = ("refusals", "against_renewal", "against_hold", "against_collecting")


def _counting(refusals: Iterable[LibraryError], branch: str | None) -> Iterator[LibraryError]:
    for refusal in refusals:
        bounded = refusal.figures.get("branch") if isinstance(refusal, _MembersRefusal) else None
        if bounded is None or same_branch(bounded, branch):
            yield refusal


@dataclass(frozen=True, slots=True)
class OpenLoan:
    """What rules about borrowers use of an open loan, which was made in `branch`.

    `due_at` is None for a lost copy, which is never late; `recalled`: somebody waits for it to come back.
    """

    copy_id: UUID
    member_id: UUID
    due_at: datetime | None
    item_type: str
    branch: str
    recalled: bool = False

    def days_overdue(self, now: datetime) -> int:
        """Return by how many whole days it is late, closed days included."""
        return 0 if self.due_at is None else max((now - self.due_at).days, 0)


@dataclass(frozen=True, slots=True)
class Borrower:
    """A member at the desk, with everything already borrowed. `owed` is None if nothing is owed.

    `accruing` is what late loans would cost if they ended now, None if nothing. `suspended_until` is the last day on
    which nothing is lent because something came back late, None if that is over.
    """

    member_id: UUID
    open_loans: tuple[OpenLoan, ...]
    owed: Money | None = None
    accruing: Money | None = None
    suspended_until: date | None = None
    owed_by_wards: Money | None = None

    def overdue(self, now: datetime) -> int:
        """Return how many loans are late."""
        return sum(loan.due_at is not None and loan.due_at < now for loan in self.open_loans)

    @property
    def lost(self) -> int:
        """How many copies are lost with the borrower, and not settled."""
        return sum(loan.due_at is None for loan in self.open_loans)

    def refusals(self, terms: CategoryTerms, *, item_type: str, branch: str, now: datetime) -> tuple[LibraryError, ...]:
        """Return every reason why this borrower may not take one more copy of this item type in `branch`."""
        found: list[LibraryError] = []
        if len(self.open_loans) >= terms.most_loans:
            found.append(LoanLimitReached(limit=terms.most_loans, open_loans=len(self.open_loans)))
        alike = sum(loan.item_type == item_type for loan in self.open_loans)
        most_alike = terms.most_loans_per_item_type.get(item_type)
        if most_alike is not None and alike >= most_alike:
            found.append(ItemTypeLimitReached(item_type, limit=most_alike, open_loans=alike))
        for shared in terms.most_loans_of:
            sharing = sum(shared.counts(loan.item_type, branch=loan.branch) for loan in self.open_loans)
            if shared.counts(item_type, branch=branch) and sharing >= shared.most:
                found.append(SharedLimitReached(shared, open_loans=sharing))
        found += self.arrears(terms, now=now)
        if self.suspended_until is not None:
            found.append(SuspendedForLateness(self.suspended_until))
        return tuple(found)

    def arrears(
        self, terms: CategoryTerms, *, now: datetime, only: Collection[Arrears] = tuple(Arrears)
    ) -> tuple[LibraryError, ...]:
        """Return what is overdue, lost or owed, as far as it reaches the limits at which borrowing stops.

        Of this, `only` what stops another act, too.
        """
        found: list[LibraryError] = []
        overdue = self.overdue(now)
        if overdue >= terms.most_overdue:
            found.append(TooManyOverdue(limit=terms.most_overdue, overdue=overdue))
        owed = self._counted(terms)
        if owed is not None and terms.most_owed <= owed:
            found.append(FinesOwed(limit=terms.most_owed, owed=owed))
        if terms.most_lost is not None and self.lost >= terms.most_lost:
            found.append(TooManyLost(limit=terms.most_lost, lost=self.lost))
        days = max((loan.days_overdue(now) for loan in self.open_loans if loan.recalled), default=0)
        if terms.most_days_recall_overdue is not None and days >= terms.most_days_recall_overdue:
            found.append(RecallOverdue(limit=terms.most_days_recall_overdue, overdue_days=days))
        return tuple(each for each in found if each.code in only)

    def _counted(self, terms: CategoryTerms) -> Money | None:
        """Return how much of what is owed, of what grows, and of what wards owe, counts towards the limit."""
        accruing = self.accruing if terms.count_accruing else None
        owed_by_wards = self.owed_by_wards if terms.count_wards else None
        counted = [one for one in (self.owed, accruing, owed_by_wards) if one is not None]
        return sum(counted[1:], counted[0]) if counted else None


class BorrowerNotFound(NotFound):
    """Nobody of this id ever borrowed anything, or it is not the caller's to know."""

    code = "borrower-not-found"
    detail = "Lending knows nobody with this id, or it is not you."


class MemberNotFound(NotFound):
    """Members knows no such member."""

    code = "member-not-found"
    detail = "No member has this card number or id. Check the card, or enrol the member first."


class CardReplaced(NotFound):
    """The card is an old one; members knows whose it was, and does not tell."""

    code = "card-replaced"
    detail = "This card was replaced by a newer one and works no longer. Ask for the new card."


class CardStopped(NotFound):
    """The card was reported lost; members knows whose it was, and does not tell."""

    code = "card-stopped"
    detail = "This card was stopped, as if lost. Keep it, and ask staff at the desk, who can see whose it was."


class GuardianNotFound(NotFound):
    """Members knows no such guardian of the member, or none any more."""

    code = "guardian-not-found"
    detail = "This member has no such guardian. The member's record lists those there are."


class MayNotActFor(Refused):
    """A guardian or proxy was given other rights than what is asked for."""

    code = "may-not-act-for"
    example: ClassVar = {"acts": ("borrow", "collect")}

    def __init__(self, acts: tuple[str, ...]) -> None:
        super().__init__(
            "This guardian was not given the right to do this for the member. Ask the member to come, or have the "
            "right put on record first.",
            rights=sorted(acts),
        )


class LoanLimitReached(Refused):
    """Every loan that the policy grants is in use."""

    code = "loan-limit-reached"

    def __init__(self, *, limit: int, open_loans: int) -> None:
        super().__init__(
            f"All {limit} loans of this membership are in use. Return a copy first.", limit=limit, open_loans=open_loans
        )


class ItemTypeLimitReached(Refused):
    """Every loan that the policy grants for this type of item is in use."""

    code = "item-type-limit-reached"

    def __init__(self, item_type: str, *, limit: int, open_loans: int) -> None:
        super().__init__(
            f"All {limit} loans of type {item_type!r} of this membership are in use. Return one of them first.",
            item_type=item_type,
            limit=limit,
            open_loans=open_loans,
        )


class SharedLimitReached(Refused):
    """Every loan that the policy grants for some item types or branches together is in use."""

    code = "shared-limit-reached"
    example: ClassVar = {"shared": SharedLimit(5, ("dvd", "game")), "open_loans": 5}

    def __init__(self, shared: SharedLimit, *, open_loans: int) -> None:
        super().__init__(
            f"All {shared.most} loans that this membership has for such items are in use. Return one of them first.",
            limit=shared.most,
            item_types=list(shared.item_types),
            branches=list(shared.branches),
            open_loans=open_loans,
        )


class FinesOwed(Refused):
    """Too much money is owed."""

    code = "fines-owed"

    def __init__(self, *, limit: Money, owed: Money) -> None:
        super().__init__(
            "Borrowing stops at the amount that is owed here. Take a payment first.",
            limit=limit.figures(),
            owed=owed.figures(),
        )


class TooManyOverdue(Refused):
    """Too many loans are late."""

    code = "too-many-overdue"

    def __init__(self, *, limit: int, overdue: int) -> None:
        super().__init__(
            f"{overdue} loans are overdue; borrowing stops at {limit}. Return the overdue copies first.",
            limit=limit,
            overdue=overdue,
        )


class TooManyLost(Refused):
    """Too many copies are lost with the member."""

    code = "too-many-lost"
    example: ClassVar = {"limit": 2, "lost": 2}

    def __init__(self, *, limit: int, lost: int) -> None:
        super().__init__(
            f"{lost} copies are lost and not paid for; borrowing stops at {limit}. Settle one of them first.",
            limit=limit,
            lost=lost,
        )


class RecallOverdue(Refused):
    """A copy for which somebody waits is late by too many days."""

    code = "recall-overdue"
    example: ClassVar = {"limit": 3, "overdue_days": 5}

    def __init__(self, *, limit: int, overdue_days: int) -> None:
        super().__init__(
            f"A recalled copy is {overdue_days} days overdue; borrowing stops at {limit}. Return it first.",
            limit=limit,
            overdue_days=overdue_days,
        )


class SuspendedForLateness(Refused):
    """Nothing is lent for a while because something came back late."""

    code = "suspended-for-lateness"
    example: ClassVar = {"until": date(2026, 3, 28)}

    def __init__(self, until: date) -> None:
        super().__init__(
            f"Something came back late, and so nothing is lent until the end of {until}. Come back on the day after.",
            until=until.isoformat(),
        )


ARREARS = (TooManyOverdue, FinesOwed, TooManyLost, RecallOverdue)
"""The refusals for what is overdue, lost or owed."""

LIMIT_REFUSALS = (
    LoanLimitReached,
    ItemTypeLimitReached,
    SharedLimitReached,
    *ARREARS,
    SuspendedForLateness,
)
"""The refusals for too many loans, too much owed, or too much lateness."""


def still(until: date | None, today: date) -> date | None:
    """Return the last day of a suspension unless it is over."""
    return until if until is not None and today <= until else None


class _MembersRefusal(Refused):
    """A refusal by members, which lending passes on with members' sentence and dates."""


class MembershipExpired(_MembersRefusal):
    """The membership has ended."""

    code = "membership-expired"


class MemberSuspended(_MembersRefusal):
    """The membership is suspended."""

    code = "member-suspended"


class MemberBlocked(_MembersRefusal):
    """A manual block stops this member from borrowing."""

    code = "member-blocked"


class MemberLeaving(_MembersRefusal):
    """The member asked to be erased."""

    code = "member-leaving"


class MemberNotInGoodStanding(_MembersRefusal):
    """Members refuses for a reason that lending does not know by name."""

    code = "member-not-in-good-standing"


MEMBERS_REFUSALS: dict[str, type[_MembersRefusal]] = {
    refusal.code: refusal for refusal in (MembershipExpired, MemberSuspended, MemberBlocked, MemberLeaving)
}
