"""Judges a run by what was asked and told, and by what is left in databases, queue and projections."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.lab.faults.nemesis.judging import acts, lending, money, telling
from tests.lab.faults.nemesis.judging.evidence import Evidence

Finds = Callable[[Evidence], list[str]]


@dataclass(frozen=True, slots=True)
class Invariant:
    """Something that must be true, and what finds where it is not."""

    name: str
    violations: Finds


INVARIANTS: tuple[Invariant, ...] = (
    Invariant("one open loan per copy", lending.copies_lent_twice),
    Invariant("limits never passed", lending.limits_passed),
    Invariant("a copy is a register", lending.copies_out_of_line),
    Invariant("a borrower is a register", lending.borrowers_out_of_line),
    Invariant("what was accepted is there once", acts.accepted_and_not_there_once),
    Invariant("what was refused is nowhere", acts.there_without_having_been_asked_for),
    Invariant("receipts answer what was answered", acts.answered_otherwise),
    Invariant("no answer was a fault of ours", acts.faults_of_ours),
    Invariant("one hold per copy", lending.copies_for_two_holds),
    Invariant("the queue is served in order", lending.served_out_of_order),
    Invariant("balance equals ledger", acts.balances_wrong),
    Invariant("receipts have no gaps", money.numbers_missing),
    Invariant("money at tills adds up", money.money_out_of_balance),
    Invariant("events are complete", telling.events_missing),
    Invariant("events arrive in order", telling.events_out_of_order),
    Invariant("events tell what happened", telling.loans_told_otherwise),
    Invariant("events are in effect once, in order", telling.applied_out_of_order),
    Invariant("availability equals a recomputation", telling.shown_otherwise),
    Invariant("nobody erased is found again", acts.found_again),
)


def judge(evidence: Evidence) -> dict[str, list[str]]:
    """Return what was found against each invariant."""
    return {invariant.name: invariant.violations(evidence) for invariant in INVARIANTS}
