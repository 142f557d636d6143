"""What a document points to is there: links, headings, and files that it names by their path."""

import re
from pathlib import Path

import pytest

from tests.architecture.checkout import ROOT

DOCUMENTS = sorted(
    {*ROOT.glob("*.md"), *(file for room in ("docs", "deploy", "tests") for file in ROOT.glob(f"{room}/**/*.md"))}
)
_LINK = re.compile(r"\]\(((?!https?:|mailto:)[^)#\s]*)(?:#([^)\s]+))?\)")
_PATH = re.compile(r"`((?:books_service|members_service|loans_service|shared|tests|docs|deploy)/[\w./-]+\.\w+)`")
_HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)


def anchors_of(text: str) -> set[str]:
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in _HEADING.findall(text)}


def leads_nowhere(document: Path, text: str) -> list[str]:
    """Return the links, anchors and paths of a document behind which there is nothing."""
    nowhere = [path for path in _PATH.findall(text) if not (ROOT / path).exists()]
    for path, anchor in _LINK.findall(text):
        target = document.parent / path if path else document
        if not target.exists():
            nowhere.append(path)
        elif anchor and anchor not in anchors_of(target.read_text(encoding="utf-8")):
            nowhere.append(f"{path}#{anchor}")
    return nowhere


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda file: str(file.relative_to(ROOT)))
def test_what_a_document_points_to_is_there(document: Path) -> None:
    assert [] == leads_nowhere(document, document.read_text(encoding="utf-8"))


@pytest.mark.parametrize("text", ["[it](docs/it.md)", "[it](README.md#no-such-heading)", "`shared/no/such/file.py`"])
def test_what_leads_nowhere_is_noticed(text: str) -> None:
    assert [text.strip("`").removeprefix("[it](").removesuffix(")")] == leads_nowhere(ROOT / "README.md", text)
