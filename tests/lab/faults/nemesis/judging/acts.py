"""What somebody was told to have been done was done, once, and nothing else was."""

from collections import Counter
from typing import Any

from tests.lab.faults.nemesis.judging.evidence import Evidence
from tests.lab.faults.nemesis.judging.lending import lent, taken_back

_AMOUNTS = {"paid": "paid", "waived": "waived", "charged": "amount"}


def accepted_and_not_there_once(evidence: Evidence) -> list[str]:
    """Return the acts that were accepted, but are not there, or twice."""
    done = evidence.history.done
    found = []
    loans = {str(row["loan_id"]): row for row in evidence.of("loans")}
    told = Counter(act.answer["loan_id"] for act in done("check out"))
    found += [f"loan {loan} was told of and is not there" for loan in told if loan not in loans]
    found += [f"loan {loan} was the answer to {count} acts" for loan, count in told.items() if count > 1]
    closed = Counter(act.answer["loan"]["loan_id"] for act in done("return") if act.answer["loan"])
    found += [f"loan {loan} was closed by {count} acts" for loan, count in closed.items() if count > 1]
    found += [
        f"loan {loan} was told to be closed, and is open"
        for loan in closed
        if loan not in loans or loans[loan]["returned_at"] is None
    ]
    renewed = Counter(act.about["loan"] for act in done("renew"))
    asked = Counter(act.about["loan"] for act in evidence.history.acts if act.kind == "renew")
    for loan, count in renewed.items():
        has = loans[loan]["renewals"] if loan in loans else 0
        if not count <= has <= asked[loan]:
            found.append(f"loan {loan} was renewed {count} times of {asked[loan]}, and says {has}")
    return found + _of_holds(evidence) + _of_money(evidence)


def _of_holds(evidence: Evidence) -> list[str]:
    holds = {str(row["hold_id"]): row for row in evidence.of("holds")}
    placed = Counter(act.answer["hold_id"] for act in evidence.history.done("place hold"))
    found = [f"hold {hold} was the answer to {count} acts" for hold, count in placed.items() if count > 1]
    found += [f"hold {hold} was told of and is not there" for hold in placed if hold not in holds]
    cancelled = [act.about["hold"] for act in evidence.history.done("cancel hold")]
    found += [f"hold {hold} was cancelled, and is active" for hold in cancelled if holds[hold]["ended_at"] is None]
    return found


def _of_money(evidence: Evidence) -> list[str]:
    fines = {str(row["fine_id"]): row for row in evidence.of("fines")}
    charges = evidence.history.done("charge")
    found = [f"charge {act.key} is not there" for act in charges if act.answer["fine_id"] not in fines]
    paid: Counter[str] = Counter()
    for act in evidence.history.done("pay"):
        assert act.body is not None
        paid[act.about["fine"]] += act.body["amount"]["amount"]
    for act in evidence.history.done("use credit"):
        for part in act.answer["paid"]:
            paid[part["fine_id"]] += part["amount"]["amount"]
    for fine, amount in paid.items():
        if fine in fines and fines[fine]["paid"] != amount:
            found.append(f"fine {fine}: {amount} were paid, and it says {fines[fine]['paid']}")
    return found


def there_without_having_been_asked_for(evidence: Evidence) -> list[str]:
    """Return what is there although whoever asked for it was refused, or nobody did."""
    known, closers = lent(evidence), taken_back(evidence)
    found = [
        f"loan {row['loan_id']} belongs to no act" for row in evidence.of("loans") if str(row["loan_id"]) not in known
    ]
    found += [
        f"loan {row['loan_id']} was closed by no act"
        for row in evidence.of("loans")
        if row["returned_at"] is not None and str(row["loan_id"]) not in closers
    ]
    placed = {act.answer["hold_id"] for act in evidence.history.done("place hold")}
    unclear = Counter(
        (act.about["book"], act.about["member"])
        for act in evidence.history.acts
        if act.kind == "place hold" and not act.accepted and act.unknown
    )
    for row in evidence.of("holds"):
        if str(row["hold_id"]) not in placed:
            whose = (str(row["book_id"]), str(row["member_id"]))
            unclear[whose] -= 1
            if unclear[whose] < 0:
                found.append(f"hold {row['hold_id']} belongs to no act")
    charged = {act.answer["fine_id"] for act in evidence.history.done("charge")}
    by_hand = [row for row in evidence.of("fines") if row["loan_id"] is None]
    return found + [f"fine {row['fine_id']} belongs to no act" for row in by_hand if str(row["fine_id"]) not in charged]


def late(evidence: Evidence) -> int:
    """Return how many acts were refused in the end, and done by an earlier try whose answer was lost."""
    return sum(not act.accepted for act in lent(evidence).values())


def answered_otherwise(evidence: Evidence) -> list[str]:
    """Return the acts that were answered otherwise when their key was used again."""
    return [
        f"{act.kind} {act.key} was answered {act.status} {_brief(act.answer)}, and then {status} {_brief(answer)}"
        for act, status, answer in evidence.again
        if (status, answer) != (act.status, act.answer)
    ]


def _brief(answer: dict[str, Any]) -> str:
    return str(answer)[:300]


def faults_of_ours(evidence: Evidence) -> list[str]:
    """Return the answers that must not be: 500, or a good token that was not believed."""
    return list(evidence.history.strange)


def balances_wrong(evidence: Evidence) -> list[str]:
    """Return the fines whose ledger comes to something else, and those that owe less than nothing."""
    found = []
    entries = evidence.grouped("fine_entries", "fine_id")
    for fine in evidence.of("fines"):
        sums: Counter[str] = Counter()
        for entry in entries.get(str(fine["fine_id"]), ()):
            sums[str(entry["posting"])] += entry["amount"]
        says = {posting: fine[column] for posting, column in _AMOUNTS.items()}
        comes_to = {posting: sums[posting] for posting in _AMOUNTS}
        owed = sums["charged"] - sums["paid"] - sums["waived"] + sums["refunded"]
        if says != comes_to or owed != fine["owed"] or owed < 0:
            found.append(f"fine {fine['fine_id']} says {says}, owes {fine['owed']}, and its ledger {dict(sums)}")
    return found


def found_again(evidence: Evidence) -> list[str]:
    """Return the erased of whom something is left."""
    still = {str(row["member_id"]) for row in evidence.of("members", "members")}
    open_of = {str(row["member_id"]) for row in evidence.open_loans}
    found = [f"{who} has left, owes nothing, and is still a member" for who in evidence.left & still - open_of]
    for service, table in (("members", "cards"), ("loans", "loans"), ("loans", "holds"), ("loans", "fines")):
        named = {str(row["member_id"]) for row in evidence.of(table, service)}
        found += [f"{who} was erased, and is in {table} of {service}" for who in (evidence.left & named) - still]
    return found
