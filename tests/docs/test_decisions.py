import re

import pytest

from tests.architecture.checkout import ROOT, project_files
from tests.docs.decisions import INDEX, MOST_WORDS, Decision, Topic, topics, written

TOPICS = topics()
DECISIONS = {decision.number: decision for topic in TOPICS for decision in topic.decisions}
TITLES = {f"{topic.file.name}: {decision.number}. {decision.title}" for topic in TOPICS for decision in topic.decisions}
_LINK = re.compile(r"\[(\d+\. [^]]+)\]\(([\w-]+\.md)\)")
_NAMED = re.compile(r"(?<![/\w])decisions?\s+(\d+(?:(?:, | and |, and )\d+)*)", re.IGNORECASE)
_BY_NUMBER = re.compile(r"(?<=\()\d{1,3}(?:, \d{1,3})*(?=\))|(?<=Superseded by )\d+")


def numbers_of(pattern: re.Pattern[str], text: str) -> set[int]:
    return {int(number) for found in pattern.findall(text) for number in re.findall(r"\d+", found)}


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.file.stem)
def test_the_decisions_of_a_topic_stand_in_the_order_of_their_numbers(topic: Topic) -> None:
    numbers = [decision.number for decision in topic.decisions]

    assert numbers
    assert numbers == sorted(numbers)
    assert len(numbers) == topic.file.read_text(encoding="utf-8").count("\n## ")


def test_each_number_is_given_once() -> None:
    assert len(DECISIONS) == sum(len(topic.decisions) for topic in TOPICS)


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.file.stem)
def test_a_decision_has_a_hundred_and_twenty_words_at_most(topic: Topic) -> None:
    def words(decision: Decision) -> int:
        return len(decision.text.split())

    assert {} == {one.number: words(one) for one in topic.decisions if not 0 < words(one) <= MOST_WORDS}


def test_the_index_lists_every_decision() -> None:
    assert written() == INDEX.read_text(encoding="utf-8"), "python -m tests.docs.decisions"


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.file.stem)
def test_a_link_to_another_topic_has_the_title_that_stands_there(topic: Topic) -> None:
    links = {f"{file}: {title}" for title, file in _LINK.findall(topic.file.read_text(encoding="utf-8"))}

    assert links <= TITLES


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.file.stem)
def test_a_decision_refers_to_decisions_that_exist(topic: Topic) -> None:
    assert numbers_of(_BY_NUMBER, topic.file.read_text(encoding="utf-8")) <= DECISIONS.keys()


def test_whoever_names_a_decision_names_one_that_exists() -> None:
    texts = {
        path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8")
        for path in project_files()
        if path.suffix in {".py", ".md", ".yaml", ".yml", ".toml", ".html", ".js", ".tpl"} or path.name == "Makefile"
    }
    named = {name: numbers_of(_NAMED, text) for name, text in texts.items()}

    assert any(named.values())
    assert {} == {name: numbers for name, numbers in named.items() if not numbers <= DECISIONS.keys()}


def test_several_decisions_named_at_once_are_all_looked_at() -> None:
    assert {15, 81, 83} == numbers_of(_NAMED, "(see decisions 15, 81 and 83 for it)")
