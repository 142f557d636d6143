import re
from pathlib import Path

INDEX, _, DECISIONS = (
    (Path(__file__).parents[2] / "DECISIONS.md").read_text(encoding="utf-8").partition("\n## The decisions\n")
)
NUMBERS = [int(number) for number in re.findall(r"(?m)^\*\*(\d+)\. ", DECISIONS)]


def test_decisions_are_numbered_once_and_the_newest_comes_last() -> None:
    assert NUMBERS == sorted(set(NUMBERS))


def test_each_topic_stands_once_in_the_index_and_each_decision_under_one_at_least() -> None:
    topics = re.findall(r"(?m)^\| (\w[^|]*) \| (\d[^|]*) \|$", INDEX)
    heads = [re.match(r"[\d, ]+", entry) for _, entries in topics for entry in entries.split(" · ")]
    listed = {int(number) for head in heads if head for number in re.findall(r"\d+", head[0])}

    assert len(topics) == len({topic for topic, _ in topics})
    assert set(NUMBERS) == listed
