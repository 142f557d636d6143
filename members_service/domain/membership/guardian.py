"""Who stands in for a member: for a child, or for somebody who cannot come."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any
from uuid import UUID

from members_service.domain.membership.member_reference import MemberReference
from members_service.domain.membership.membership import age_on
from shared.kernel.errors import InvalidValue, NotFound


class Permission(StrEnum):
    """What a guardian may do for a member.

    See the record, loans, holds and fines, by the own sign-in; pay, at a desk, which is shown who may; with the own
    card or sign-in, collect what is held, borrow anything, renew, and place holds.
    """

    SEE = "see"
    COLLECT = "collect"
    PAY = "pay"
    BORROW = "borrow"
    RENEW = "renew"
    HOLD = "hold"


class UnknownGuardian(InvalidValue):
    """The guardian is no member here."""

    code = "unknown-guardian"
    detail = "A guardian is a member, too, named by `member_id` or `card_number`; nobody has this one."
    field = "guardians"


class OwnGuardian(InvalidValue):
    """Nobody stands in for themselves."""

    code = "own-guardian"
    detail = "Nobody is their own guardian. Name another member."
    field = "guardians"


class GuardianNotFound(NotFound):
    """Nobody with this id stands in for the member, or there is no such member."""

    code = "guardian-not-found"
    detail = "This member has no such guardian. The member's record lists those there are."


@dataclass(frozen=True, slots=True)
class GuardianReference:
    """A reference to a guardian, and what that one may do, through the day `until`, if there is one."""

    who: MemberReference
    may: frozenset[str]
    until: date | None = None


class Guardian:
    """Another member who may do something for this one, `since` the day on which the library was told so.

    A proxy has a last day, `until`; a guardian goes on until the child comes of age.
    """

    def __init__(self, *, member_id: UUID, may: Iterable[Permission], since: date, until: date | None = None) -> None:
        self.guardian_id = member_id
        self.may = frozenset(may)
        self.since = since
        self.until = until

    def stands_in_on(self, day: date) -> bool:
        """Whether the last day has not passed on `day`."""
        return self.until is None or day <= self.until

    def outlasts(self, other: "Guardian") -> bool:
        """Whether it goes on when `other` is over."""
        return other.until is not None and (self.until is None or other.until < self.until)

    def is_over(self, *, born: date | None, of_age: int, today: date) -> bool:
        """Return whether its last day has passed, or it was for a child, born that day, who has come of age since.

        `of_age` is in years. Whoever was named for an adult stays; so does everybody while the age is unknown.
        """
        if not self.stands_in_on(today):
            return True
        return born is not None and age_on(self.since, born=born) < of_age <= age_on(today, born=born)


def permissions_of(guardians: Iterable[Guardian]) -> dict[UUID, tuple[frozenset[Permission], date | None]]:
    """Return the permissions of each guardian and their last day, by id."""
    return {guardian.guardian_id: (guardian.may, guardian.until) for guardian in guardians}


def guardians_json(guardians: Iterable[Guardian]) -> list[list[Any]]:
    """Return guardians as JSON: id, permissions and last day of each."""
    rows = [
        [str(each.guardian_id), sorted(each.may), None if each.until is None else each.until.isoformat()]
        for each in guardians
    ]
    return sorted(rows, key=lambda row: str(row[0]))


def guardians_in(rows: Iterable[Sequence[Any]], *, today: date) -> list[Guardian]:
    """Return the guardians in such JSON, told to the library today."""
    return [
        Guardian(
            member_id=UUID(member_id),
            may=map(Permission, may),
            since=today,
            until=None if until is None else date.fromisoformat(until),
        )
        for member_id, may, until in rows
    ]


def guardians_of_both(own: Sequence[Guardian], others: Sequence[Guardian], *, of: UUID) -> list[Guardian]:
    """Return the guardians of one member who was on record twice; without the member itself, `of`.

    Of one who is named on both records what was agreed for longer counts, that of `own` where both last as long.
    """
    both = {one.guardian_id: one for one in own}
    for one in others:
        present = both.get(one.guardian_id)
        if one.guardian_id != of and (present is None or one.outlasts(present)):
            both[one.guardian_id] = Guardian(member_id=one.guardian_id, may=one.may, since=one.since, until=one.until)
    return list(both.values())
