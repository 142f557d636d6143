"""What happened was told: to everybody on the broker, once in effect, in order; and books shows it."""

import json
from collections import Counter, defaultdict
from typing import Any

from tests.lab.faults.nemesis.judging.evidence import Evidence

_TOLD_OF_LOANS = {"checked_out", "renewed", "returned"}
_SHOWN_AS = {"home": "available", "hold_shelf": "on_hold_shelf", "to_clear": "available"}


def events_missing(evidence: Evidence) -> list[str]:
    """Return the events that a transaction left in an outbox, and that never came to the broker; or the other way."""
    seen = {event.id for event in evidence.events}
    told = {str(row["event_id"]) for service in evidence.rows for row in evidence.of("ever_told", service)}
    found = [f"event {event} was never published" for event in told - seen]
    found += [f"event {event} was published, and never written" for event in seen - told]
    waits = [row for service in evidence.rows for row in evidence.of("outbox", service)]
    return found + [f"{row['type']} of {row['subject']} still waits in the outbox" for row in waits]


def events_out_of_order(evidence: Evidence) -> list[str]:
    """Return the events that came for the first time after a later one of their subject."""
    found = []
    newest: dict[tuple[str, str], int] = {}
    seen: set[str] = set()
    for event in evidence.events:
        if event.id in seen:
            continue
        seen.add(event.id)
        subject = (str(event.attributes["source"]), event.subject)
        if event.sequence < newest.get(subject, 0):
            found.append(f"{event.type} {event.sequence} of {event.subject} came after {newest[subject]}")
        newest[subject] = max(event.sequence, newest.get(subject, 0))
    return found


def doubled(evidence: Evidence) -> int:
    """Return how many events came to the broker more than once, as they may."""
    return len(evidence.events) - len({event.id for event in evidence.events})


def loans_told_otherwise(evidence: Evidence) -> list[str]:
    """Return the loans whose history was not told, or told twice."""
    told: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for row in evidence.of("ever_told"):
        data = _data(row)
        if row["type"].startswith("loans.loan.") and "loan_id" in data:
            told[data["loan_id"]][row["type"].removeprefix("loans.loan.")] += 1
    found = []
    for loan, entries in evidence.grouped("loan_history", "loan_id").items():
        took_place = Counter(str(entry["type"]) for entry in entries if entry["type"] in _TOLD_OF_LOANS)
        was_told = Counter({kind: count for kind, count in told[loan].items() if kind in _TOLD_OF_LOANS})
        if took_place != was_told:
            found.append(f"loan {loan}: {dict(took_place)} happened, and {dict(was_told)} was told")
    return found


def _data(row: dict[str, Any]) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(row["data"])
    return data


def applied_out_of_order(evidence: Evidence) -> list[str]:
    """Return the copies of which books kept older news after newer, or the same twice."""
    return [
        f"copy {row['copy_id']}: news {row['sequence']} was kept after {row['was']}"
        for row in evidence.of("kept_news", "books")
        if row["was"] is not None and row["sequence"] <= row["was"]
    ]


def shown_otherwise(evidence: Evidence) -> list[str]:
    """Return the copies that books shows otherwise than their loans and holds say."""
    is_so = {str(row["copy_id"]): "on_loan" for row in evidence.open_loans}
    for row in evidence.of("circulation_records"):
        status = str(row["status"])
        is_so.setdefault(str(row["copy_id"]), _SHOWN_AS.get(status, status))
    shown = {str(row["copy_id"]): str(row["availability"]) for row in evidence.of("circulation", "books")}
    return [
        f"copy {copy} is {is_so.get(copy, 'available')}, and shown as {shown.get(copy, 'available')}"
        for copy in is_so.keys() | shown.keys()
        if is_so.get(copy, "available") != shown.get(copy, "available")
    ]
