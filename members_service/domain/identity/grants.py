"""Grants: who has which role, in which branches, and until when; and what follows from that."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from operator import or_

from members_service.domain.identity.roles import RIGHTS_OF_PEOPLE, SCOPES_OF_PEOPLE, rights_named
from members_service.domain.rights import BY_NAME, RIGHTS
from shared.kernel.errors import InvalidValue, NotFound
from shared.kernel.rights import Group, Reach, Right

_LEND, _ACT_OFFLINE = BY_NAME["lend"], BY_NAME["act_offline"]


class GrantNotFound(NotFound):
    """The account has no such role."""

    code = "grant-not-found"
    detail = "This account does not have this role. List its grants to see which it has."


class UnknownBranchOfGrant(InvalidValue):
    """The library has no such branch."""

    code = "unknown-branch"
    detail = "The library has no branch of this code. GET /v1/branches of books lists them."
    field = "branches"


class GrantEnds(InvalidValue):
    """It would be over before it began."""

    code = "until-is-over"
    detail = "A grant ends in the future. Delete it to end it now."
    field = "until"


class GrantsTooLong(InvalidValue):
    """A token could not carry them, and its owner could do nothing at all."""

    code = "grants-too-long"
    detail = "The branches of this account's grants would not fit into a token. Name fewer, or grant it in all of them."
    field = "branches"


LONGEST_CLAIM = 860
"""Characters of what a token says of rights: enough for 40 branches, and the token stays under two kilobytes."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """How far a role goes: the branches, in capitals (None: all, those to come included), and until when."""

    branches: Reach = None
    until: datetime | None = None


UNBOUNDED = Bounds()


@dataclass(frozen=True, slots=True)
class Grant:
    """A role that an account has, with what the role gives now."""

    role: str
    rights: tuple[Right, ...]
    bounds: Bounds = UNBOUNDED

    @classmethod
    def of(cls, role: str, rights: Collection[str], bounds: Bounds) -> "Grant":
        """Return a grant of the rights of these names."""
        return cls(role, rights_named(rights), bounds)

    def is_on(self, now: datetime) -> bool:
        """Return whether it has not ended."""
        return self.bounds.until is None or now < self.bounds.until

    @property
    def with_offline(self) -> tuple[Right, ...]:
        """What it gives where software may act offline: whoever lends may say afterwards what was lent."""
        return (*self.rights, _ACT_OFFLINE) if _LEND in self.rights else self.rights

    def gives(self, right: Right, branch: str | None) -> bool:
        """Return whether it gives this right in this branch; None asks for any, or for the whole."""
        where = self.bounds.branches
        if right not in self.rights or (not right.by_branch and where is not None):
            return False
        return where is None or branch is None or branch.upper() in where

    def covers(self, other: "Grant", right: Right) -> bool:
        """Return whether it gives a right as far as another grant does."""
        mine, theirs = self.bounds, other.bounds
        far = mine.branches is None or (theirs.branches is not None and theirs.branches <= mine.branches)
        long = mine.until is None or (theirs.until is not None and theirs.until <= mine.until)
        return right in self.rights and far and long


def gains(before: Collection[Grant], after: Collection[Grant]) -> frozenset[str]:
    """Return the rights that go further after than before, in some branch or for longer."""
    return frozenset(
        right.name for grant in after for right in grant.rights if not any(one.covers(grant, right) for one in before)
    )


def scopes_of(grants: Iterable[Grant], now: datetime) -> frozenset[str]:
    """Return the scopes that stand for something that is granted now."""
    return SCOPES_OF_PEOPLE.intersection(
        scope for grant in grants if grant.is_on(now) for right in grant.rights for scope in right.scopes
    )


def rights_in_token(grants: Collection[Grant], scopes: Collection[str], now: datetime) -> tuple[Group, ...] | None:
    """Return what a token with these scopes must say of rights; None when it is all that they stand for, everywhere.

    Branches in which the same is held, until the same moment, are one group.
    """
    of_people = (*RIGHTS_OF_PEOPLE, _ACT_OFFLINE)
    wanted = _bits(right for right in of_people if not set(right.scopes).isdisjoint(scopes))
    held: dict[tuple[str | None, datetime | None], int] = defaultdict(int)
    for grant in grants:
        if grant.is_on(now):
            for branch in (None,) if grant.bounds.branches is None else grant.bounds.branches:
                held[branch, grant.bounds.until] |= _bits(grant.with_offline) & wanted
    if held.get((None, None), 0) == wanted:
        return None
    groups: dict[tuple[int, datetime | None], set[str | None]] = defaultdict(set)
    for (branch, until), bits in held.items():
        groups[bits, until].add(branch)
    return tuple(_in_order(groups.items()))


def fit_in_token(grants: Collection[Grant], now: datetime) -> bool:
    """Return whether a token can say how far these go."""
    groups = rights_in_token(grants, SCOPES_OF_PEOPLE, now) or ()
    words = (
        f"{bits:x}:{'*' if branches is None else ','.join(branches)}{'' if until is None else '@1767225600'}"
        for bits, branches, until in groups
    )
    return len(" ".join(words)) <= LONGEST_CLAIM


def rights_of_machine(scopes: Collection[str], branches: frozenset[str]) -> tuple[Group, ...]:
    """Return what the token of a machine says that was registered for some branches."""
    theirs = (known.right for known in RIGHTS if not set(known.right.scopes).isdisjoint(scopes))
    return ((_bits(theirs), branches, None),)


def _in_order(groups: Iterable[tuple[tuple[int, datetime | None], set[str | None]]]) -> Iterator[Group]:
    for (bits, until), branches in groups:
        named = frozenset(branch for branch in branches if branch is not None)
        if None in branches:
            yield bits, None, until
        if named:
            yield bits, named, until


def _bits(rights: Iterable[Right]) -> int:
    return reduce(or_, (1 << right.number for right in rights), 0)
