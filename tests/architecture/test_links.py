"""What the documents lead to is there: each file, and each heading in it."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.checkout import ROOT

DOCUMENTS = ["README.md", "CONTRIBUTING.md", "SECURITY.md", "docs/asvs.md", "deploy/README.md"]
_LINK = re.compile(r"\]\(([^()\s]+)\)")
_CODE = re.compile(r"^```.*?^```$", re.DOTALL | re.MULTILINE)
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


def anchors_in(text: str) -> set[str]:
    """Return by which names the headings are reached, as forges make them."""
    titles = _HEADING.findall(_CODE.sub("", text))
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def lost_links(document: Path) -> Iterator[str]:
    for link in _LINK.findall(_CODE.sub("", document.read_text(encoding="utf-8"))):
        if "://" in link:
            continue
        name, _, anchor = link.partition("#")
        target = document.parent / name if name else document
        if not target.exists() or (anchor and anchor not in anchors_in(target.read_text(encoding="utf-8"))):
            yield link


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_link_leads_to_a_file_and_a_heading(document: str) -> None:
    assert [] == list(lost_links(ROOT / document))


def test_a_link_that_leads_nowhere_is_noticed(tmp_path: Path) -> None:
    document = tmp_path / "A.md"
    document.write_text(
        "# What's here, and why\n[a](#whats-here-and-why) [b](#gone) [c](B.md) [d](A.md#gone) [e](A.md)\n"
    )

    assert ["#gone", "B.md", "A.md#gone"] == list(lost_links(document))
