"""Boards that any Grafana takes, each about one library."""

import json
import re
from pathlib import Path

import yaml

from tests.deploy.operators import CHART, run


def test_the_boards_are_files_that_grafana_takes() -> None:
    for path in CHART.glob("dashboards/*.json"):
        board = json.loads(path.read_text())
        assert board["uid"]
        assert "__inputs" not in board
        ids = [panel["id"] for panel in board["panels"]]
        assert len(ids) == len(set(ids))


def test_every_question_of_a_board_is_about_one_library() -> None:
    for path in CHART.glob("dashboards/*.json"):
        board = json.loads(path.read_text())
        assert "library" in [variable["name"] for variable in board["templating"]["list"]]
        asked = [target["expr"] for panel in board["panels"] for target in panel.get("targets", [])]
        assert asked
        for expr in asked:
            selectors = re.findall(r"([a-z_:]+)\{([^}]*)\}", expr)
            assert selectors, expr
            assert all('library="$library"' in labels for _, labels in selectors), expr
            bare = set(re.findall(r"\b[a-z]+_[a-z_]+(?:_total|_count|_bucket|_seconds|_depth)\b(?!\{)", expr))
            assert set() == bare, expr


def questions() -> dict[str, list[str]]:
    """Return what each panel asks, by its title, but for those that say in words that they saw nothing."""
    boards = [json.loads(path.read_text()) for path in CHART.glob("dashboards/*.json")]
    return {
        panel["title"]: [target["expr"] for target in panel["targets"]]
        for board in boards
        for panel in board["panels"]
        if panel["type"] != "row" and panel["fieldConfig"]["defaults"].get("noValue") is None
    }


def test_what_has_not_happened_yet_is_shown_as_zero_where_somebody_counts(tmp_path: Path) -> None:
    counting = {
        f"{title} {number}": expr.replace("$library", "city").replace("$__range", "1h")
        for title, asked in questions().items()
        for number, expr in enumerate(asked)
        if expr.startswith("sum(increase(")
    }
    watched = {
        'outbox_depth{library="city",service="loans"}': "0x90",
        'db_client_connection_max{library="city",service="members"}': "10x90",
    }
    tests = [
        {
            "name": name,
            "interval": "1m",
            "input_series": [{"series": series, "values": values} for series, values in watched.items()][:there],
            "promql_expr_test": [{"expr": expr, "eval_time": "80m", "exp_samples": [{"value": 0}][:there]}],
        }
        for name, expr in counting.items()
        for there in (0, 2)
    ]
    (tmp_path / "boards.yaml").write_text(yaml.safe_dump({"evaluation_interval": "1m", "tests": tests}))

    assert len(counting) > 15
    run("promtool", "test", "rules", tmp_path / "boards.yaml")


def test_a_panel_of_troubles_says_that_it_saw_none() -> None:
    named = questions().keys()

    assert not named & {
        "Refused check-outs per hour",
        "Dead letters",
        "Answers by status",
        "Failed calls to neighbours",
    }
