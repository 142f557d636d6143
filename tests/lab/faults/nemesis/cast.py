"""Everybody who acts."""

from dataclasses import dataclass

from tests.lab.faults.nemesis.actors import (
    Part,
    as_cataloguer,
    as_leavers,
    as_members,
    at_a_desk,
    at_a_kiosk,
)
from tests.lab.faults.nemesis.cashiers import as_auditor, at_a_till
from tests.lab.faults.nemesis.rushes import a_class, a_fashion, a_full_shelf, rivals

CAST: tuple[tuple[str, Part], ...] = (
    *((f"desk-{number}", at_a_desk) for number in range(1, 5)),
    ("kiosk", at_a_kiosk),
    ("members", as_members),
    ("more-members", as_members),
    ("cataloguer", as_cataloguer),
    *((f"cashier-{number}", at_a_till) for number in range(1, 4)),
    ("auditor", as_auditor),
    ("leavers", as_leavers),
    ("class", a_class),
    ("rivals", rivals),
    ("fashion", a_fashion),
    ("full-shelf", a_full_shelf),
)
"""Each part, by the name of who plays it."""


@dataclass(frozen=True, slots=True)
class Play:
    """Who acts, and what is broken meanwhile how often; without names, everything that can be."""

    cast: tuple[tuple[str, Part], ...]
    faults_per_second: float = 3.5
    faults: frozenset[str] = frozenset()


_KILLS = frozenset({"kill -9", "rolling restart", "backends terminated", "PostgreSQL restarted"})
_CASHIERS = tuple((f"cashier-{number}", at_a_till) for number in range(1, 9))
PLAYS = {"library": Play(CAST), "tills": Play((*_CASHIERS, ("auditor", as_auditor)), 0.3, _KILLS)}
"""By name: the whole library; and eight cashiers, with an auditor, who act thousands of times while processes die."""
