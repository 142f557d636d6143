"""The rules of Koha and FOLIO become a policy that comes to the same, and what cannot be said is told."""

import csv
import json
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from docs.rules_from import Koha, LeftOut, main
from loans_service.domain.rules.policy import LendingRule, Period, Policy, Unit
from loans_service.domain.rules.policy_document import read_policy
from tests.loans.makers import default_document

EXAMPLES = Path(__file__).parents[2] / "docs" / "moving-in"


def converted(system: str, folder: Path, tmp_path: Path) -> Policy:
    present, target = tmp_path / "present.json", tmp_path / "policy.json"
    present.write_text(json.dumps(default_document() | {"version": 3, "made_at": "2026-03-02T10:00:00Z"}), "utf-8")
    main(system, folder, present, target)
    return read_policy(json.loads(target.read_text("utf-8")), version=1, currency="EUR")


def rule(policy: Policy, item_type: str, category: str = "adult", branch: str = "FPL") -> LendingRule:
    return policy.rule_for(item_type=item_type, category=category, branch=branch)


def test_the_rules_of_koha_count_as_before(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    policy = converted("koha", EXAMPLES / "koha", tmp_path)

    assert (Period(21, Unit.DAYS), 2) == (rule(policy, "book").period, rule(policy, "book").renewals)
    assert (Period(7, Unit.DAYS), 1) == (rule(policy, "dvd").period, rule(policy, "dvd").renewals)
    child = rule(policy, "dvd", "child")  # Koha looks at the category first
    assert (Period(14, Unit.DAYS), 1, None) == (child.period, child.renewals, child.fine)
    assert not rule(policy, "reference").loanable
    assert Period(14, Unit.DAYS) == rule(policy, "book", branch="CPL").renewal_period
    assert (1, None) == (rule(policy, "dvd").unseen_renewals, rule(policy, "book").unseen_renewals)
    fine = rule(policy, "book").fine
    assert fine is not None
    assert (20, 1000, 1) == (fine.per_day.amount, fine.most.amount, fine.grace_days)
    film = rule(policy, "dvd").fine
    assert film is not None
    assert ("day", 3) == (film.per, film.every)
    assert "left out: article_requests (1)" in capsys.readouterr().out


def test_the_rules_of_folio_count_as_before(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    policy = converted("folio", EXAMPLES / "folio", tmp_path)

    book, film, term = rule(policy, "book"), rule(policy, "video-recording"), rule(policy, "book", "student")
    assert (Period(3, Unit.WEEKS), 2, "today") == (book.period, book.renewals, book.renew_from)
    assert (Period(7, Unit.DAYS), Period(1, Unit.DAYS), "previous") == (
        film.period, film.renewal_period, film.when_closed,
    )  # fmt: skip
    assert not rule(policy, "video-recording", "staff").loanable
    assert (Period(2, Unit.MONTHS), 0, "keep") == (term.period, term.renewals, term.when_closed)
    assert not rule(policy, "map").loanable
    told = capsys.readouterr().out
    assert "left out: rule by t: no rule asks for that here (1)" in told
    assert "loan policy term: its fixed due date schedule goes into due_schedule" in told


CODES = st.tuples(st.sampled_from(["*", "B1", "B2"]), st.sampled_from(["*", "C1", "C2"]),
                  st.sampled_from(["*", "I1", "I2"]))  # fmt: skip
TABLES = st.dictionaries(
    st.tuples(CODES, st.sampled_from(["issuelength", "renewalsallowed"])), st.integers(1, 9), max_size=12
)


def koha(table: dict[Any, int], name: str, branch: str, category: str, item_type: str) -> int | None:
    """Return what Koha finds for a rule name: by branch, then category, then item type."""
    for codes in product((branch, "*"), (category, "*"), (item_type, "*")):
        if (codes, name) in table:
            return table[codes, name]
    return None


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(table=TABLES)
def test_whatever_koha_has_in_its_table_comes_to_the_same_for_everybody(table: dict[Any, int], tmp_path: Path) -> None:
    with (tmp_path / "circulation_rules.csv").open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["branchcode", "categorycode", "itemtype", "rule_name", "rule_value"])
        rows.writerows([*codes, name, value] for (codes, name), value in table.items())
    document = default_document() | {"rules": Koha(tmp_path, {}, LeftOut()).rules(), "cases": []}
    policy = read_policy(document, version=1, currency="EUR")

    for branch, category, item_type in product(["B1", "B2", "Bx"], ["C1", "C2", "Cx"], ["I1", "I2", "Ix"]):
        found = policy.rule_for(branch=branch, category=category, item_type=item_type)
        length, renewals = (
            koha(table, name, branch, category, item_type) for name in ("issuelength", "renewalsallowed")
        )
        assert (Period(length or 21, Unit.DAYS), renewals or 0) == (found.period, found.renewals)
