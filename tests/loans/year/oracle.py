"""What figures have to say, worked out from published events alone, and from who did what; not from any table."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

Person = tuple[str, int | None]
"""Category and age."""

BANDS = {range(6): "0-5", range(6, 12): "6-11", range(12, 18): "12-17", range(18, 65): "18-64", range(65, 200): "65+"}


def band_of(age: int | None) -> str:
    return "unknown" if age is None else next(band for ages, band in BANDS.items() if age in ages)


@dataclass(frozen=True)
class Done:
    """An act: how it came in, where, and as whom members knew everybody then. A desk that lends may end other loans."""

    channel: str
    branch: str | None
    people: Mapping[str, Person]
    lent_at: str | None = None


@dataclass
class Oracle:
    """Counts events. `zones` are those of branches, `things` the item type and location of copies and books."""

    zones: Mapping[str, str]
    things: Mapping[str, tuple[str, str]]
    acts: dict[str, Done] = field(default_factory=dict)
    counts: Counter[tuple[str, date, tuple[tuple[str, str], ...]]] = field(default_factory=Counter)
    seen: set[str] = field(default_factory=set)
    loans: dict[str, dict[str, Any]] = field(default_factory=dict)
    holds: dict[str, dict[str, Any]] = field(default_factory=dict)
    people: dict[tuple[str, str, str], dict[str, str]] = field(default_factory=dict)

    def hear(self, event: Mapping[str, Any]) -> None:
        """Count an event, once however often it comes."""
        if event["id"] in self.seen:
            return
        self.seen.add(event["id"])
        _, thing, what = event["type"].split(".")
        handle = getattr(self, f"_{thing}_{what}", None)
        if handle is not None:
            at = datetime.fromisoformat(event["time"])
            handle(event["data"], at, self.acts[event["correlationid"]], "imported" in event)

    def add(self, atom: str, day: date, along: Mapping[str, str], number: int = 1) -> None:
        self.counts[atom, day, tuple(sorted(along.items()))] += number

    def by(self, atom: str, span: str, *words: str) -> dict[tuple[str, ...], int]:
        """Return the figures of an atom by day, month or year and these dimensions."""
        length = {"day": 10, "month": 7, "year": 4}[span]
        totals = Counter[tuple[str, ...]]()
        if atom == "active_borrowers":
            for (kind, name, _), person in self.people.items():
                if kind == span:
                    totals[name, *(person[word] for word in words)] += 1
            return dict(totals)
        for (counted, day, along), number in self.counts.items():
            if counted == atom:
                totals[day.isoformat()[:length], *(dict(along)[word] for word in words)] += number
        return {key: total for key, total in totals.items() if total}

    def day_of(self, at: datetime, branch: str | None) -> date:
        return at.astimezone(ZoneInfo(self.zones.get(branch or "", "UTC"))).date()

    def _person(self, member_id: str, act: Done) -> dict[str, str]:
        category, age = act.people[member_id]
        return {"category": category, "age_band": band_of(age)}

    def _loan_checked_out(self, data: Any, at: datetime, act: Done, imported: bool) -> None:
        item_type, location = self.things[data["copy_id"]]
        loan = self.loans[data["loan_id"]] = {
            "branch": data["branch"],
            "copy": {"item_type": item_type, "location": "unknown" if imported else location},
            "who": self._person(data["member_id"], act),
            "act": act,
        }
        if imported:
            return
        day = self.day_of(at, data["branch"])
        along = {"branch": data["branch"], "channel": act.channel}
        self.add("loans", day, along | loan["copy"] | loan["who"])
        for span, length in (("month", 7), ("year", 4)):
            name = day.isoformat()[:length]
            self.people.setdefault((span, name, data["member_id"]), {"branch": data["branch"]} | loan["who"])

    def _loan_renewed(self, data: Any, at: datetime, act: Done, _: bool) -> None:
        loan, branch = self.loans[data["loan_id"]], act.branch or data["branch"]
        who = self._person(data["member_id"], act)
        along = {"branch": branch, "channel": act.channel} | loan["copy"] | who
        self.add("renewals", self.day_of(at, branch), along)

    def _loan_returned(self, data: Any, _: datetime, act: Done, __: bool) -> None:
        loan = self.loans[data["loan_id"]]
        branch = act.branch or (None if loan["act"] is act else act.lent_at) or loan["branch"]
        back = datetime.fromisoformat(data["returned_at"])
        along = {"branch": branch, "channel": act.channel} | loan["copy"] | loan["who"]
        self.add("returns", self.day_of(back, branch), along)

    def _hold_placed(self, data: Any, at: datetime, act: Done, _: bool) -> None:
        who = self._person(data["member_id"], act)
        self.holds[data["hold_id"]] = {"at": at, "age_band": who["age_band"]}
        self.add("holds_placed", *self._hold(data, at, act))

    def _hold_fulfilled(self, data: Any, at: datetime, act: Done, _: bool) -> None:
        day, along = self._hold(data, at, act)
        self.add("holds_filled", day, along)
        waited = (day - self.day_of(self.holds[data["hold_id"]]["at"], data["pickup_branch"])).days
        self.add("days_waited", day, {name: along[name] for name in ("branch", "item_type")}, waited)

    def _hold_cancelled(self, data: Any, at: datetime, act: Done, _: bool) -> None:
        day, along = self._hold(data, at, act)
        self.add("holds_ended", day, along | {"reason": data.get("reason", "cancelled")})

    def _hold_expired(self, data: Any, at: datetime, act: Done, _: bool) -> None:
        day, along = self._hold(data, at, act)
        self.add("holds_ended", day, along | {"reason": "expired"})

    def _hold(self, data: Any, at: datetime, act: Done) -> tuple[date, dict[str, str]]:
        branch = data["pickup_branch"]
        return self.day_of(at, branch), {
            "branch": branch,
            "item_type": self.things[data["book_id"]][0],
            "category": act.people[data["member_id"]][0],
            "age_band": self.holds[data["hold_id"]]["age_band"],
            "channel": act.channel,
        }

    def _fine_charged(self, data: Any, at: datetime, act: Done, _: bool) -> None:
        self._money("charged", data, at, act, data["amount"]["amount"])

    def _fine_paid(self, data: Any, at: datetime, act: Done, _: bool) -> None:
        self._money("paid", data, at, act, data["amount"]["amount"])

    def _fine_waived(self, data: Any, at: datetime, act: Done, _: bool) -> None:
        self._money("waived", data, at, act, data["amount"]["amount"])

    def _fine_refunded(self, data: Any, at: datetime, act: Done, _: bool) -> None:
        self._money("paid", data, at, act, -data["amount"]["amount"])

    def _money(self, atom: str, data: Any, at: datetime, act: Done, change: int) -> None:
        branch = self.loans[data["loan_id"]]["branch"] if data["loan_id"] else "unknown"
        along = {"branch": branch, "reason": data["reason"], "channel": act.channel}
        self.add(atom, self.day_of(at, branch), along, change)
