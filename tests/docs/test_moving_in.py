"""Libraries move in by the commands of docs/moving-in.md as they stand: a made-up one, one of Koha, one of FOLIO."""

import json
import re
from pathlib import Path

import pytest

from tests.docs.beside_the_library import FORKED, beside_the_library
from tests.docs.commands import block

_BLOCKS = {
    "settings": "docs/moving-in.md: D=",
    "rehearsal": "docs/moving-in.md: .venv/bin/python -m deploy.rehearsal",
    "checks": "docs/moving-in.md: curl -s 127.0.0.1:8003/v1/consistency",
    "out": "docs/moving-in.md: .venv/bin/library-books export --all",
    "koha": "docs/moving-in.md: K=",
    "folio": "docs/moving-in.md: F=",
}
_SETTLED = """
for _ in $(seq 100); do
    curl -s 127.0.0.1:8003/v1/consistency -H "Authorization: Bearer $ADMIN" | grep -q '"disagreements":\\[\\]' && break
    sleep 0.2
done
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("library")


@pytest.fixture(scope="module")
def told(folder: Path) -> dict[str, str]:
    """What the commands said in one library, by the names of their blocks: first the rehearsal, then the others."""
    parts = [f"echo; echo '--- {name}'\n{_SETTLED * (name == 'checks')}{_commands(name)}" for name in _BLOCKS]
    told = beside_the_library(f"{FORKED} deploy.local", "\n".join(parts), folder)
    assert 0 == sum(int(failed) for failed in re.findall(r"(\d+) failed", told)), told
    return dict(re.findall(r"^--- (\w+)\n(.*?)(?=^--- |\Z)", told, re.MULTILINE | re.DOTALL))


def _commands(name: str) -> str:
    """Return the block as it stands, but forked, except for the exports: these show that each script is installed.

    Where a busy machine answers 503, it is asked once more, as it says.
    """
    forked = re.sub(r"\.venv/bin/library-(\w+) (?!export)", rf"{FORKED} \1_service ", block(_BLOCKS[name]))
    return forked.replace("curl -s ", "curl -sf --retry 20 ")


def _created(told: str) -> list[int]:
    return [int(number) for number in re.findall(r"Have created (\d+),", told)]


def test_a_rehearsed_library_moves_in_both_sides_agree_and_it_moves_out_again(
    told: dict[str, str], folder: Path
) -> None:
    assert [300, 200, 80, 15, 20] == _created(told["rehearsal"])
    report, _ = json.JSONDecoder().raw_decode(told["checks"].strip())
    assert ([], [], []) == (report["disagreements"], report["in_two_places"], report["balances_wrong"])
    manifest = json.loads((folder / "data" / "out" / "loans" / "manifest.json").read_text(encoding="utf-8"))
    assert 80 == manifest["counts"]["loans"]


def test_a_library_of_koha_moves_in_by_its_own_names(told: dict[str, str]) -> None:
    assert [2, 3, 1, 2, 2] == _created(told["koha"])
    assert "Of copies in them: created 4," in told["koha"]
    assert "left out: 505 (1)" in told["koha"]


def test_a_library_of_folio_moves_in_by_its_own_names(told: dict[str, str]) -> None:
    assert [1, 2, 1, 1, 1, 1] == _created(told["folio"])
