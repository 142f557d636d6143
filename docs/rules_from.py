"""Makes our policy of the lending rules of Koha or FOLIO: `python docs/rules_from.py koha|folio SOURCE POLICY TARGET`.

The folder SOURCE holds, of Koha, circulation_rules.csv (`SELECT branchcode, categorycode, itemtype, rule_name,
rule_value FROM circulation_rules`), of FOLIO rules.txt (`rulesAsText` of /circulation/rules) and loan-policies.json
(/loan-policy-storage/loan-policies); and words.json: what your words are here. POLICY is a policy of ours, such as
`GET /v1/policies` answers it: its rules are replaced, all else stays. What cannot be said here is printed.
"""

import csv
import json
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import product
from pathlib import Path
from typing import Any, ClassVar

DIMENSIONS = ("item_type", "location", "branch", "category")
"""What rules name, in the order in which it counts here."""
KINDS = {"item_type": "item_types", "location": "locations", "branch": "branches", "category": "categories"}
"""What words.json calls each of them."""
MOST_RULES = 1_000
Cell = tuple[str | None, ...]
Rule = dict[str, Any]
ANY: Cell = (None,) * len(DIMENSIONS)


class LeftOut:
    """What cannot be said here, and how often."""

    def __init__(self) -> None:
        self._found: Counter[str] = Counter()

    def note(self, what: str) -> None:
        self._found[what] += 1

    def lines(self) -> Iterator[str]:
        for what, times in sorted(self._found.items()):
            yield f"left out: {what} ({times})"


def compact(named: Iterable[set[str]], resolved: Callable[[Cell], Rule]) -> list[Rule]:
    """Return the fewest rules that come to the same everywhere, whichever order the other system has.

    Each combination of the words that are named is worked out as the other system does; it becomes a rule if the rules
    so far, by our order, would say something else. Rules that name less come first, so none changes an earlier one.
    """
    words = [[None, *sorted(each)] for each in named]
    cells = sorted(product(*words), key=_weight)
    kept: dict[Cell, Rule] = {}
    for cell in cells:
        wanted = resolved(cell)
        if cell == ANY or wanted != kept[max((each for each in kept if _covers(each, cell)), key=_weight)]:
            kept[cell] = wanted
    return [{"name": _name(cell), **dict(zip(DIMENSIONS, cell, strict=True)), **kept[cell]} for cell in kept]


def _weight(cell: Cell) -> tuple[bool, ...]:
    return tuple(word is not None for word in cell)


def _covers(rule: Cell, cell: Cell) -> bool:
    return all(word is None or word == asked for word, asked in zip(rule, cell, strict=True))


def _name(cell: Cell) -> str:
    words = (f"{dimension} {word}" for dimension, word in zip(DIMENSIONS, cell, strict=True) if word is not None)
    return ", ".join(words).replace("_", " ") or "anything else"


class Koha:
    """The table circulation_rules: each rule name is looked up on its own, by branch, then category, then item type."""

    READ = ("issuelength", "lengthunit", "renewalsallowed", "unseen_renewals_allowed", "renewalperiod", "auto_renew",
            "norenewalbefore",
            "hardduedate", "hardduedatecompare", "fine", "chargeperiod", "firstremind", "overduefinescap",
            "finedays", "maxsuspensiondays", "reservesallowed", "decreaseloanholds", "daysmode")  # fmt: skip
    DAYS: ClassVar = {"Datedue": "next", "Days": "keep", "Dayweek": "same_weekday"}
    NO_LIMIT = 1_000_000_000

    def __init__(self, folder: Path, words: Mapping[str, Mapping[str, str]], left_out: LeftOut) -> None:
        self._left_out = left_out
        self._values: dict[tuple[str, Cell], str] = {}
        text = (folder / "circulation_rules.csv").read_text(encoding="utf-8")
        for row in csv.DictReader(text.splitlines()):
            codes = (row["itemtype"], "", row["branchcode"], row["categorycode"])
            named = [
                None if code in ("", "*") else words.get(KINDS[dimension], {}).get(code, code)
                for dimension, code in zip(DIMENSIONS, codes, strict=True)
            ]
            if row["rule_name"] in self.READ:
                self._values[row["rule_name"], tuple(named)] = row["rule_value"]
            elif row["rule_value"] not in ("", "0"):
                left_out.note(row["rule_name"])

    def rules(self) -> list[Rule]:
        named: list[set[str]] = [set() for _ in DIMENSIONS]
        for _, cell in self._values:
            for place, word in enumerate(cell):
                named[place] |= {word} if word is not None else set()
        return compact(named, self._rule)

    def _value(self, name: str, cell: Cell) -> str:
        item_type, _, branch, category = cell
        for at, whose, what in product((branch, None), (category, None), (item_type, None)):
            if (found := self._values.get((name, (what, None, at, whose)))) is not None:
                return found
        return ""

    def _rule(self, cell: Cell) -> Rule:
        found = {name: self._value(name, cell) for name in self.READ}
        unit = found["lengthunit"] or "days"
        length = _whole(found["issuelength"]) if found["issuelength"] else 21  # as Koha has it without a rule
        if not length:
            return {"loanable": False, "holds_allowed": found["reservesallowed"] != "0"}
        rule: Rule = {
            "period": {"amount": length, "unit": unit},
            "renewals": _whole(found["renewalsallowed"]),
            "holds_allowed": found["reservesallowed"] != "0",
            "auto_renew": found["auto_renew"] == "1",
        }
        if found["unseen_renewals_allowed"]:
            rule["unseen_renewals"] = _whole(found["unseen_renewals_allowed"])
        if renewal := _whole(found["renewalperiod"]):
            rule["renewal_period"] = {"amount": renewal, "unit": unit}
        if found["norenewalbefore"] and unit == "days":
            rule["renew_not_before_days"] = _whole(found["norenewalbefore"])
        if shorter := _whole(found["decreaseloanholds"]):
            rule["period_when_others_wait"] = {"amount": shorter, "unit": "days"}
        if found["daysmode"] in self.DAYS:
            rule["when_closed"] = self.DAYS[found["daysmode"]]
        elif found["daysmode"]:
            self._left_out.note(f"daysmode {found['daysmode']}: closed days are not left out of a period")
        return rule | self._hard_due_date(found) | self._lateness(found)

    def _hard_due_date(self, found: Mapping[str, str]) -> Rule:
        if not found["hardduedate"]:
            return {}
        if found["hardduedatecompare"] == "-1":
            return {"fixed_due_date": found["hardduedate"]}
        self._left_out.note("hardduedate that is not the latest day: say it as due_schedule, with the days of lending")
        return {}

    def _lateness(self, found: Mapping[str, str]) -> Rule:
        grace, rule = _whole(found["firstremind"]), Rule()
        if cents := round(100 * float(found["fine"] or 0)):
            unit = {"hours": "hour"}.get(found["lengthunit"], "day")
            period = _whole(found["chargeperiod"]) or 1
            weeks, rest = divmod(period, 7)
            span = {"per": "week", "every": weeks} if (unit, rest) == ("day", 0) else {"per": unit, "every": period}
            cap = round(100 * float(found["overduefinescap"] or 0)) or self.NO_LIMIT
            rule["fine"] = {"per_day": {"amount": cents}, "most": {"amount": cap}, "grace_days": grace} | span
        if days := _whole(found["finedays"]):
            rule["suspension"] = {"days_per_day": days, "grace_days": grace}
            if most := _whole(found["maxsuspensiondays"]):
                rule["suspension"]["most"] = most
        return rule


class Folio:
    """The text of the loan rules: of the lines that match, the one whose first criterion in `priority` counts more."""

    LETTERS: ClassVar = {"m": "item_type", "s": "location", "c": "branch", "g": "category"}
    UNITS: ClassVar = {"Hours": "hours", "Days": "days", "Weeks": "weeks", "Months": "months"}
    CLOSED: ClassVar = {
        "CURRENT_DUE_DATE": {"when_closed": "keep"},
        "END_OF_THE_PREVIOUS_OPEN_DAY": {"when_closed": "previous"},
        "END_OF_THE_NEXT_OPEN_DAY": {"when_closed": "next"},
        "CURRENT_DUE_DATE_TIME": {"when_closed": "keep"},
        "END_OF_THE_CURRENT_SERVICE_POINT_HOURS": {"hours_end": "opening_end"},
        "BEGINNING_OF_THE_NEXT_OPEN_SERVICE_POINT_HOURS": {"hours_end": "next_opening"},
    }

    def __init__(self, folder: Path, words: Mapping[str, Mapping[str, str]], left_out: LeftOut) -> None:
        self._words, self._left_out = words, left_out
        listed = json.loads((folder / "loan-policies.json").read_text(encoding="utf-8"))["loanPolicies"]
        self._policies = {each[name]: each for each in listed for name in ("id", "name")}
        self._priority = "t, s, c, b, a, m, g"
        self._lines: list[tuple[dict[str, list[str]], str]] = []
        self._read((folder / "rules.txt").read_text(encoding="utf-8"))

    def _read(self, text: str) -> None:
        above: list[tuple[int, dict[str, list[str]]]] = []
        for line in text.splitlines():
            bare = re.split(r"[#/]", line)[0].rstrip()
            head, colon, tail = bare.partition(":")
            if head.strip() == "priority":
                self._priority = tail.strip()
            elif head.strip() == "fallback-policy":
                self._lines.append(({}, _loan_policy(tail)))
            elif head.strip():
                depth = len(head) - len(head.lstrip())
                above = [each for each in above if each[0] < depth]
                inherited = above[-1][1] if above else {}
                criteria = {**inherited, **{part.split()[0]: part.split()[1:] for part in head.strip().split("+")}}
                above.append((depth, criteria))
                if colon and tail.strip():
                    self._take(criteria, _loan_policy(tail))

    def _take(self, criteria: dict[str, list[str]], policy: str) -> None:
        strange = sorted(criteria.keys() - self.LETTERS.keys())
        if strange:
            self._left_out.note(f"rule by {' and '.join(strange)}: no rule asks for that here")
            return
        self._lines.append((criteria, policy))

    def rules(self) -> list[Rule]:
        named: dict[str, set[str]] = {dimension: set() for dimension in DIMENSIONS}
        for criteria, _ in self._lines:
            for letter, values in criteria.items():
                named[self.LETTERS[letter]] |= {self._here(letter, value) for value in values if value != "all"}
        return compact(named.values(), self._rule)

    def _here(self, letter: str, value: str) -> str:
        value = value.removeprefix("!")
        return self._words.get(KINDS[self.LETTERS[letter]], {}).get(value, value)

    def _rule(self, cell: Cell) -> Rule:
        asked = dict(zip(DIMENSIONS, cell, strict=True))
        matching = [
            (self._rank(criteria, place), policy)
            for place, (criteria, policy) in enumerate(self._lines)
            if all(self._meets(letter, values, asked[self.LETTERS[letter]]) for letter, values in criteria.items())
        ]
        return self._of_policy(self._policies[max(matching)[1]])

    def _meets(self, letter: str, values: list[str], word: str | None) -> bool:
        plain = {self._here(letter, value) for value in values if not value.startswith("!")}
        barred = {self._here(letter, value) for value in values if value.startswith("!")}
        return "all" in values or word in plain or bool(barred and not plain and word not in barred)

    def _rank(self, criteria: Mapping[str, list[str]], place: int) -> tuple[Any, ...]:
        if self._priority in ("first-line", "last-line"):
            return (bool(criteria), place if self._priority == "last-line" else -place)
        letters = re.findall(r"\b[tscbamg]\b", self._priority)
        return (*(letter in criteria for letter in letters), len(criteria), place)

    def _of_policy(self, policy: Mapping[str, Any]) -> Rule:
        if not policy.get("loanable"):
            return {"loanable": False}
        loans, renewals = policy["loansPolicy"], policy.get("renewalsPolicy", {})
        length = self._period(policy["name"], loans.get("period"))
        if length is None:
            self._left_out.note(f"loan policy {policy['name']}: no period; its fixed dates go into due_schedule")
            length = {"amount": 1, "unit": "days"}
        rule: Rule = {"period": length, "renewals": 0}
        if policy.get("renewable"):
            rule["renewals"] = 100_000 if renewals.get("unlimited") else int(renewals.get("numberAllowed") or 0)
            if renewals.get("renewFromId") == "SYSTEM_DATE":
                rule["renew_from"] = "today"
            if renewals.get("differentPeriod") and (other := self._period(policy["name"], renewals.get("period"))):
                rule["renewal_period"] = other
        rule |= self.CLOSED.get(loans.get("closedLibraryDueDateManagementId", ""), {})
        if loans.get("fixedDueDateScheduleId"):
            self._left_out.note(f"loan policy {policy['name']}: its fixed due date schedule goes into due_schedule")
        return rule

    def _period(self, policy: str, period: Mapping[str, Any] | None) -> Rule | None:
        if period is None:
            return None
        if period["intervalId"] == "Minutes":
            self._left_out.note(f"loan policy {policy}: minutes; the next full hour is taken")
            return {"amount": -(-int(period["duration"]) // 60), "unit": "hours"}
        return {"amount": int(period["duration"]), "unit": self.UNITS[period["intervalId"]]}


def _loan_policy(text: str) -> str:
    found = re.search(r"\bl\s+(\S+)", text)
    if found is None:
        raise SystemExit(f"A rule of FOLIO names no loan policy: {text.strip()}")
    return found[1]


def _whole(text: str) -> int:
    return int(float(text)) if text else 0


def main(system: str, source: Path, policy: Path, target: Path) -> None:
    """Write the policy, and print how many rules it has and what is left out."""
    words = json.loads((source / "words.json").read_text(encoding="utf-8"))
    left_out = LeftOut()
    rules = (Koha if system == "koha" else Folio)(source, words, left_out).rules()
    document = json.loads(policy.read_text(encoding="utf-8"))
    kept = {name: value for name, value in document.items() if name not in ("version", "made_at")}
    text = json.dumps(kept | {"rules": rules, "cases": []}, ensure_ascii=False, indent=2)
    target.write_text(f"{text}\n", encoding="utf-8")
    print(f"rules: {len(rules)}", *left_out.lines(), sep="\n")
    if len(rules) > MOST_RULES:
        print(f"A policy takes {MOST_RULES} rules: let branches or item types share theirs first.")


if __name__ == "__main__":
    main(sys.argv[1], *map(Path, sys.argv[2:5]))
