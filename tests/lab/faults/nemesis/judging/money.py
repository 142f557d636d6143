"""At every till the money adds up, and no number of a receipt is left out or given twice."""

from collections import Counter, defaultdict
from collections.abc import Iterable

from tests.lab.faults.nemesis.judging.evidence import Evidence, Row


def numbers_missing(evidence: Evidence) -> list[str]:
    """Return the tills whose serials have gaps, and answers with a receipt that is not there, or another act's."""
    serials: defaultdict[tuple[str, int], list[int]] = defaultdict(list)
    for row in evidence.of("till_receipts"):
        serials[row["till"], row["year"]].append(row["serial"])
    found = []
    for row in evidence.of("till_years"):
        given = sorted(serials.pop((row["till"], row["year"]), []))
        if given != list(range(1, row["last"] + 1)):
            found.append(f"till {row['till']} has given {row['last']} numbers of {row['year']}, and has {len(given)}")
    found += [f"till {till} has receipts of {year}, and no serial" for till, year in serials]
    kept = {row["number"] for row in evidence.of("till_receipts")}
    told = Counter(_receipts_told(evidence))
    found += [f"receipt {number} was told of, and is not there" for number in told if number not in kept]
    return found + [f"receipt {number} was the answer to {count} acts" for number, count in told.items() if count > 1]


def _receipts_told(evidence: Evidence) -> Iterable[str]:
    for kind in ("pay", "use credit"):
        yield from (act.answer["receipt"]["number"] for act in evidence.history.done(kind))
    for kind in ("void", "refund"):
        yield from (act.answer["number"] for act in evidence.history.done(kind))


def money_out_of_balance(evidence: Evidence) -> list[str]:
    """Return where what was settled is not what was taken, less what was given back or is due, and wrong drawers."""
    posted: Counter[str] = Counter()
    for row in evidence.of("fine_entries"):
        posted[str(row["posting"])] += row["amount"]
        if row["booked"] is None:
            posted[f"{row['posting']} elsewhere"] += row["amount"]
    settled = posted["paid"] - posted["refunded"]
    owed = sum(row["owed"] for row in evidence.of("fines"))
    found = []
    if posted["charged"] - posted["waived"] != owed + settled:
        found.append(f"charged {posted['charged']} - waived {posted['waived']} is not {owed} + {settled}")
    elsewhere = posted["paid elsewhere"] - posted["refunded elsewhere"]
    moved = sum(_came(row) for row in evidence.of("till_receipts") if row["method"] != "credit")
    due = sum(row["due"] for row in evidence.of("payouts"))
    if settled != moved + elsewhere - due:
        found.append(f"settled {settled} is not {moved} at tills + {elsewhere} elsewhere - {due} due to members")
    return found + _drawers_wrong(evidence) + evidence.history.unbalanced


def _drawers_wrong(evidence: Evidence) -> list[str]:
    cash: Counter[str] = Counter()
    for row in evidence.of("till_receipts"):
        cash[str(row["session_id"])] += _came(row) if row["method"] == "cash" else 0
    for row in evidence.of("till_movements"):
        cash[str(row["session_id"])] += row["amount"]
    comes_to = {
        row["till"]: row["opening"] + cash[str(row["session_id"])]
        for row in evidence.of("till_sessions")
        if row["closed_at"] is None
    }
    return [
        f"till {row['code']} says {row['drawer']}, and its session comes to {comes_to.get(row['code'])}"
        for row in evidence.of("tills")
        if row["drawer"] != comes_to.get(row["code"], 0)
    ]


def _came(row: Row) -> int:
    amount: int = row["amount"]
    return amount if row["kind"] == "payment" else -amount
