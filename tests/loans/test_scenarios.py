"""The table of scenarios names tests that there are."""

import re
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROWS = dict(re.findall(r"^\| (AS-\d\d) \|(.*)$", (HERE / "README.md").read_text(encoding="utf-8"), re.MULTILINE))


@pytest.mark.parametrize("scenario", ROWS)
def test_a_scenario_is_shown_by_tests_that_exist_or_says_why_it_does_not_apply(scenario: str) -> None:
    named = re.findall(r"`([^`\s]+\.py)?(?:…)?(?:::(\w+))?`", ROWS[scenario])
    files = [file for file, _ in named if file]

    path = HERE
    for file, test in named:
        path = HERE / file if file else path
        assert path.is_file(), file
        assert not test or re.search(rf"def {test}\b", path.read_text(encoding="utf-8")), test
    assert files or "Does not apply" in ROWS[scenario]
