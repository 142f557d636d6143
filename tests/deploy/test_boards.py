"""Boards that any Grafana takes, each about one library."""

import json
import re

from tests.deploy.operators import CHART


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
