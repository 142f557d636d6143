"""The decisions as they stand in docs/decisions, and their index: `python -m tests.docs.decisions` writes it anew."""

import re
from pathlib import Path
from typing import NamedTuple

FOLDER = Path(__file__).parents[2] / "docs" / "decisions"
INDEX = FOLDER / "README.md"
MOST_WORDS = 120
_DECISION = re.compile(r"^## (\d+)\. (.+)\n\n((?:(?!## ).*\n?)*)", re.MULTILINE)
_BEGINNING = """# Decisions

What a newcomer might reverse: the situation, what was chosen, and what it costs or what was left out for it. A
decision stands in one file, that of its main topic, and has at most 120 words. Its number stays; a new one takes the
next. One that no longer holds is cut to a line that names the one in its place. `python -m tests.docs.decisions` writes
the list below.
"""


class Decision(NamedTuple):
    """One decision, as its topic's file has it."""

    number: int
    title: str
    text: str


class Topic(NamedTuple):
    """One file of decisions."""

    name: str
    file: Path
    decisions: list[Decision]


def topics() -> list[Topic]:
    """Return every topic, by name, with its decisions in the order of the file."""
    return [_topic(file) for file in sorted(FOLDER.glob("*.md")) if file != INDEX]


def written() -> str:
    """Return the index."""
    return "\n".join([_BEGINNING, *(_listed(topic) for topic in topics())])


def _topic(file: Path) -> Topic:
    text = file.read_text(encoding="utf-8")
    decisions = [Decision(int(number), title, body.strip()) for number, title, body in _DECISION.findall(text)]
    return Topic(text.partition("\n")[0].removeprefix("# "), file, decisions)


def _listed(topic: Topic) -> str:
    lines = [f"- {one.number}. {one.title}" for one in topic.decisions]
    return "\n".join([f"## [{topic.name}]({topic.file.name})", "", *lines, ""])


if __name__ == "__main__":
    INDEX.write_text(written(), encoding="utf-8")
