"""How things stand in lending when a message is about to go out, and whether a notice still says what is true."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo
from uuid import UUID

from members_service.domain.notices.kinds import NoticeKind
from members_service.domain.notices.notice import Notice


@dataclass(frozen=True, slots=True)
class LoanNow:
    """A loan as it stands. `owed` is what is owed for it, in minor units.

    `renewable`: whether a renewal is left; None where others wait, so that the rules decide.
    """

    status: str
    due_at: datetime
    owed: int = 0
    renewable: bool | None = None

    @property
    def is_open(self) -> bool:
        """Whether the member is still asked to bring it back."""
        return self.status == "open"


@dataclass(frozen=True, slots=True)
class HoldNow:
    """A hold as it stands."""

    status: str
    pickup_branch: str | None = None
    pickup_until: datetime | None = None

    @property
    def is_over(self) -> bool:
        """Whether nobody waits any more."""
        return self.status not in ("waiting", "in_transit", "ready")


@dataclass(frozen=True, slots=True)
class FineNow:
    """What is still owed of a charge, in minor units."""

    owed: int


@dataclass(frozen=True, slots=True)
class BranchNow:
    """When a branch is open, by the clock of its `zone`.

    `hours_today`: empty if they are not known, None if it is closed.
    """

    hours_today: str | None = None
    next_open_day: date | None = None
    zone: tzinfo | None = None


@dataclass(frozen=True, slots=True)
class Circulation:
    """What lending knows of loans, holds and charges right now; what is gone is not in it."""

    loans: Mapping[UUID, LoanNow] = field(default_factory=dict)
    holds: Mapping[UUID, HoldNow] = field(default_factory=dict)
    fines: Mapping[UUID, FineNow] = field(default_factory=dict)
    branches: Mapping[str, BranchNow] = field(default_factory=dict)

    def zone_of(self, branch: str | None, *, otherwise: tzinfo) -> tzinfo:
        """Return the zone of a branch; `otherwise` where there is none, or it is not known."""
        found = None if branch is None else self.branches.get(branch)
        return otherwise if found is None or found.zone is None else found.zone


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of lending in one go."""

    loans: frozenset[UUID] = frozenset()
    holds: frozenset[UUID] = frozenset()
    fines: frozenset[UUID] = frozenset()
    branches: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.loans or self.holds or self.fines or self.branches)


_OF_LOANS = frozenset(
    {
        NoticeKind.DUE_SOON,
        NoticeKind.DUE_TODAY,
        NoticeKind.RENEWED,
        NoticeKind.NOT_RENEWED,
        NoticeKind.OVERDUE,
        NoticeKind.RECALLED,
        NoticeKind.DUE_DATE_CHANGED,
        NoticeKind.LOST,
    }
)
_OF_HOLDS = frozenset({NoticeKind.HOLD_PLACED, NoticeKind.HOLD_READY, NoticeKind.HOLD_READY_REMINDER})
TO_FETCH = frozenset({NoticeKind.HOLD_READY, NoticeKind.HOLD_READY_REMINDER})
"""Kinds that say "fetch it": not on a day on which the branch is closed."""


def question_about(notices: Iterable[Notice], senders: Iterable[str | None] = ()) -> Question:
    """Return what has to be known before these go out; `senders` are the branches that they come from."""
    loans, holds, fines = set[UUID](), set[UUID](), set[UUID]()
    branches = {one for one in senders if one is not None}
    for one in notices:
        subject, branch = one.occurrence.subject_id, one.occurrence.branch
        if one.kind in _OF_LOANS:
            loans.add(subject)
        elif one.kind in _OF_HOLDS:
            holds.add(subject)
        elif one.kind is NoticeKind.CHARGED:
            fines.add(subject)
        if branch is not None:
            branches.add(branch)
    return Question(frozenset(loans), frozenset(holds), frozenset(fines), frozenset(branches))


def still_holds(notice: Notice, now: Circulation) -> bool:
    """Return whether a notice says what is true. What happened once, such as a payment, stays true."""
    subject, kind = notice.occurrence.subject_id, notice.kind
    if kind is NoticeKind.LOST:
        loan = now.loans.get(subject)
        return loan is not None and loan.status == "lost"
    if kind in _OF_LOANS:
        loan = now.loans.get(subject)
        return loan is not None and loan.is_open and _is_due_as_written(notice, loan)
    if kind is NoticeKind.CHARGED:
        return subject in now.fines and now.fines[subject].owed > 0
    if kind is NoticeKind.HOLD_PLACED:
        return subject in now.holds and not now.holds[subject].is_over
    if kind in TO_FETCH:
        return subject in now.holds and now.holds[subject].status == "ready"
    return True


def _is_due_as_written(notice: Notice, loan: LoanNow) -> bool:
    written = notice.occurrence.facts.get("due_at")
    return written is None or datetime.fromisoformat(written) == loan.due_at
