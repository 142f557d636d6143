"""Copies, borrowers and queues: each did one thing after the other, whoever asked at the same time."""

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable
from itertools import groupby

from tests.lab.faults.nemesis.history import Act
from tests.lab.faults.nemesis.judging.evidence import Evidence, Row
from tests.lab.faults.nemesis.judging.linearizability import NEVER, Op, Step, Undecided, first_misfit

_UNTOUCHED = "in"


def copies_lent_twice(evidence: Evidence) -> list[str]:
    """Return the copies that more than one open loan is of."""
    counts = Counter(str(row["copy_id"]) for row in evidence.open_loans)
    return [f"copy {copy} has {count} open loans" for copy, count in counts.items() if count > 1]


def limits_passed(evidence: Evidence) -> list[str]:
    """Return the members who have more open loans than their category may."""
    counts = Counter(str(row["member_id"]) for row in evidence.open_loans)
    return [
        f"member {member} has {count} open loans"
        for member, count in counts.items()
        if count > evidence.limits.get(member, 10)
    ]


def lent(evidence: Evidence) -> dict[str, Act]:
    """Return by its loan each act that lent something, also those whose answer was lost."""
    acts = {act.answer["loan_id"]: act for act in evidence.history.done("check out")}
    unclear = [act for act in evidence.history.acts if act.kind == "check out" and not act.accepted and act.unknown]
    for row in evidence.of("loans"):
        if str(row["loan_id"]) not in acts:
            for act in unclear:
                forgotten = row["anonymised_at"] is not None
                same_member = forgotten or act.about["member"] == str(row["member_id"])
                if act.about["copy"] == str(row["copy_id"]) and same_member:
                    acts[str(row["loan_id"])] = act
                    unclear.remove(act)
                    break
    return acts


def taken_back(evidence: Evidence) -> dict[str, Act]:
    """Return by its loan each act that closed one, also those whose answer was lost."""
    acts = {act.answer["loan"]["loan_id"]: act for act in evidence.history.done("return") if act.answer["loan"]}
    unclear = [act for act in evidence.history.acts if act.kind == "return" and act.unknown and not _closed(act)]
    for row in evidence.of("loans"):
        if row["returned_at"] is not None and str(row["loan_id"]) not in acts:
            for act in unclear:
                if act.about["copy"] == str(row["copy_id"]):
                    acts[str(row["loan_id"])] = act
                    unclear.remove(act)
                    break
    return acts


def _closed(act: Act) -> bool:
    return bool(act.accepted and act.answer["loan"])


def copies_out_of_line(evidence: Evidence) -> list[str]:
    """Return the copies whose answers no order of the acts explains."""
    ops: defaultdict[str, list[Op]] = defaultdict(list)
    for loan, act in lent(evidence).items():
        ops[act.about["copy"]].append(_op(act, _becomes(_UNTOUCHED, loan), counts=act.accepted))
    for loan, act in taken_back(evidence).items():
        ops[act.about["copy"]].append(_op(act, _becomes(loan, _UNTOUCHED), counts=_closed(act)))
    for act in evidence.history.acts:
        if act.kind == "check out" and "copy-on-loan" in act.codes:
            ops[act.about["copy"]].append(_op(act, _looks(out=True)))
        elif act.kind == "return" and act.accepted and not act.answer["loan"]:
            ops[act.about["copy"]].append(_op(act, _looks(out=False)))
    return _misfits(ops, _UNTOUCHED, "copy")


def borrowers_out_of_line(evidence: Evidence) -> list[str]:
    """Return the members whose limit no order of the acts explains."""
    ops: defaultdict[str, list[Op]] = defaultdict(list)
    of_loan = {}
    for loan, act in lent(evidence).items():
        member = of_loan[loan] = act.about["member"]
        limit = evidence.limits.get(member, 10)
        ops[member].append(_op(act, _counts(1, least=0, most=limit - 1), counts=act.accepted))
    for loan, act in taken_back(evidence).items():
        if loan in of_loan:
            ops[of_loan[loan]].append(_op(act, _counts(-1, least=1, most=1000), counts=_closed(act)))
    for act in evidence.history.acts:
        if act.kind == "check out" and "loan-limit-reached" in act.codes:
            member = act.about["member"]
            ops[member].append(_op(act, _counts(0, least=evidence.limits.get(member, 10), most=1000)))
    return _misfits(ops, 0, "member")


def _op(act: Act, step: Step, *, counts: bool = True) -> Op:
    """Return the act; where nobody was told that it was done, it may have been at any time after it began."""
    name = f"{act.kind} {act.key} ({act.status} {act.code})"
    return Op(act.begun, act.ended if counts and act.ended is not None else NEVER, step, name)


def _becomes(before: str, after: str) -> Step:
    return lambda state: after if state == before else None


def _looks(*, out: bool) -> Step:
    return lambda state: state if (state != _UNTOUCHED) is out else None


def _counts(change: int, *, least: int, most: int) -> Step:
    def step(state: Hashable) -> Hashable | None:
        assert isinstance(state, int)
        return state + change if least <= state <= most else None

    return step


def _misfits(ops: dict[str, list[Op]], start: Hashable, what: str) -> list[str]:
    found = []
    for key, theirs in ops.items():
        try:
            misfit = first_misfit(theirs, start)
        except Undecided:
            found.append(f"{what} {key}: {len(theirs)} acts overlap so much that no order was found")
            continue
        if misfit is not None:
            found.append(f"{what} {key}: no order of {len(theirs)} acts explains {misfit.name}")
    return found


def copies_for_two_holds(evidence: Evidence) -> list[str]:
    """Return the copies that more than one hold has as its target, or that were captured for more than one, or none."""
    active = [row for row in evidence.of("holds") if row["status"] in ("waiting", "in_transit", "ready")]
    counts = Counter(str(row["copy_id"]) for row in active if row["copy_id"] is not None)
    found = [f"copy {copy} is for {count} holds" for copy, count in counts.items() if count > 1]
    serving: dict[str, set[str]] = defaultdict(set)
    for _, changes in _transactions(evidence):
        for row in changes:
            for holds in serving.values():
                holds.discard(str(row["hold_id"]))
            if row["copy_id"] is not None and row["active"]:
                serving[str(row["copy_id"])].add(str(row["hold_id"]))
        found += [f"copy {copy} was for {len(holds)} holds" for copy, holds in serving.items() if len(holds) > 1]
    ready = {(str(row["hold_id"]), str(row["copy_id"])) for row in active if row["status"] == "ready"}
    for row in evidence.of("circulation_records"):
        if row["status"] == "hold_shelf" and (str(row["hold_id"]), str(row["copy_id"])) not in ready:
            found.append(f"copy {row['copy_id']} is on the hold shelf, and hold {row['hold_id']} does not have it")
    return sorted(set(found))


def served_out_of_order(evidence: Evidence) -> list[str]:
    """Return the holds that were given a copy while one before them had none."""
    found = []
    waiting: defaultdict[str, dict[str, int]] = defaultdict(dict)  # without a copy, by book: their places
    for _, changes in _transactions(evidence):
        served = []
        for row in changes:
            queue, hold = waiting[str(row["book_id"])], str(row["hold_id"])
            had_none = hold in queue or row["was_new"]
            queue.pop(hold, None)
            if row["active"] and row["copy_id"] is None and row["status"] == "waiting":
                queue[hold] = row["queue_order"]
            elif row["active"] and row["copy_id"] is not None and had_none:
                served.append(row)
        for row in served:
            before = [hold for hold, order in waiting[str(row["book_id"])].items() if order < row["queue_order"]]
            if before:
                found.append(f"hold {row['hold_id']} of book {row['book_id']} was served before {before}")
    return found


def _transactions(evidence: Evidence) -> Iterable[tuple[int, list[Row]]]:
    """Return what happened to holds, transaction by transaction, in the order in which they were under the lock."""
    changes = evidence.of("hold_changes")
    return ((int(number), list(rows)) for number, rows in groupby(changes, key=lambda row: row["transaction"]))
