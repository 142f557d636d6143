"""Rights: what a caller may do, and in which branches. The one place where that is decided.

Who acts is put in place at the edge, for as long as a request lasts; without anybody it is the service itself that
works, or somebody with things of their own, and nothing is asked.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Protocol
from uuid import UUID

from shared.kernel.errors import NotAllowed

Reach = frozenset[str] | None
"""The branches in which a right is held, in capitals; None: in all of them, those to come included."""

NOWHERE: Reach = frozenset()

Group = tuple[int, Reach, datetime | None]
"""The bits of rights, the branches in which they count, and until when; None: for good."""


@dataclass(frozen=True, slots=True)
class Right:
    """A right. Each of `scopes` stands for it; `number` is its bit in tokens, and never changes.

    Where it is not `by_branch`, it is about the whole and held by whoever holds it in all branches. One that is not
    `of_people` is for software that acts for itself.
    """

    name: str
    number: int
    scopes: tuple[str, ...]
    by_branch: bool = True
    of_people: bool = True


class RightMissing(NotAllowed):
    """The caller lacks a right, or lacks it in this branch."""

    code = "right-missing"
    example: ClassVar = {"right": "waive", "branch": "EAST"}

    def __init__(
        self, right: str, branch: str | None = None, *, for_as_long: bool = False, everywhere: bool = False
    ) -> None:
        where = " in all branches" if everywhere else "" if branch is None else f" in the branch {branch}"
        how_long = ", held for as long as what this is about" if for_as_long else ""
        super().__init__(
            f"This needs the right {right}{where}{how_long}. Ask somebody who has the right accounts for it.",
            right=right,
            branch=branch,
        )


class Holder(Protocol):
    """Somebody who acts."""

    def reach(self, right: Right) -> Reach:
        """Return where they hold the right."""
        ...

    def lasting(self, until: datetime | None) -> "Holder":
        """Return the holder of those rights alone that last until then; None: for good."""
        ...


@dataclass(frozen=True, slots=True)
class Held:
    """Rights as they were granted."""

    groups: tuple[Group, ...]

    def reach(self, right: Right) -> Reach:
        """Return where the right is held."""
        bit, branches = 1 << right.number, frozenset[str]()
        for bits, where, _ in self.groups:
            if bits & bit:
                if where is None:
                    return None
                branches |= where
        return branches if right.by_branch else NOWHERE

    def lasting(self, until: datetime | None) -> "Held":
        """Return what lasts until then."""
        return Held(tuple(one for one in self.groups if one[2] is None or (until is not None and until <= one[2])))


def covers(reach: Reach, branch: str | None) -> bool:
    """Return whether a right that is held there counts in this branch; None asks for any branch at all."""
    return reach is None or (bool(reach) if branch is None else branch.upper() in reach)


_acting: ContextVar[Holder | None] = ContextVar("acting", default=None)
_own: ContextVar[UUID | None] = ContextVar("own", default=None)


@contextmanager
def acting(holder: Holder | None, *, own: UUID | None = None) -> Iterator[None]:
    """Let `holder` be who acts inside the block; `own` is the person whose things need no right, being their own."""
    token, owner = _acting.set(holder), _own.set(own)
    try:
        yield
    finally:
        _acting.reset(token)
        _own.reset(owner)


def authorise(right: Right, branch: str | None = None, *, unless_own: UUID | None = None) -> None:
    """Raise RightMissing unless whoever acts holds the right in this branch; in any, where there is none.

    For a thing of the person `unless_own`, that person needs no right.
    """
    holder = _acting.get()
    if unless_own is not None and unless_own == _own.get():
        return
    if holder is not None and not covers(holder.reach(right), branch):
        raise RightMissing(right.name, branch)


def authorise_everywhere(right: Right) -> None:
    """Raise RightMissing unless whoever acts holds the right in all branches: for what belongs to none of them."""
    if reach_of(right) is not None:
        raise RightMissing(right.name, everywhere=True)


def authorise_to_give(right: Right, branches: Reach, until: datetime | None) -> None:
    """Raise RightMissing unless whoever acts holds the right in all of these branches until then; None: for good."""
    holder = _acting.get()
    if holder is None:
        return
    now, then = holder.reach(right), holder.lasting(until).reach(right)
    if branches is None and then is not None:
        raise RightMissing(right.name, for_as_long=now is None, everywhere=now is not None)
    for branch in sorted(branches or ()):
        if not covers(then, branch):
            raise RightMissing(right.name, branch, for_as_long=covers(now, branch))


def reach_of(right: Right) -> Reach:
    """Return where whoever acts holds the right."""
    holder = _acting.get()
    return None if holder is None else holder.reach(right)


def is_authorised(right: Right, branch: str | None = None) -> bool:
    """Return whether whoever acts holds the right in this branch; in any, where there is none."""
    holder = _acting.get()
    return holder is None or covers(holder.reach(right), branch)
