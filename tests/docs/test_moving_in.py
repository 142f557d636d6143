"""Libraries move in by the commands of docs/moving-in.md as they stand: a made-up one, one of Koha, one of FOLIO."""

import json
import re
from collections.abc import Sequence
from pathlib import Path

from tests.docs.beside_the_library import beside_the_library
from tests.docs.commands import block

_BLOCKS = {
    "settings": "docs/moving-in.md: D=",
    "rehearsal": "docs/moving-in.md: .venv/bin/python -m deploy.rehearsal",
    "koha": "docs/moving-in.md: K=",
    "folio": "docs/moving-in.md: F=",
    "checks": "docs/moving-in.md: curl -s 127.0.0.1:8003/v1/consistency",
    "out": "docs/moving-in.md: .venv/bin/library-books export --all",
}
_SETTLED = """
for _ in $(seq 100); do
    curl -s 127.0.0.1:8003/v1/consistency -H "Authorization: Bearer $ADMIN" | grep -q '"disagreements":\\[\\]' && break
    sleep 0.2
done
"""


def _run(names: Sequence[str], folder: Path) -> dict[str, str]:
    """Return what the commands of these blocks said, by the names of the blocks."""
    parts = [f"echo; echo '--- {name}'\n{_SETTLED * (name == 'checks')}{block(_BLOCKS[name])}" for name in names]
    told = beside_the_library("make run", "\n".join(parts), folder)
    assert 0 == sum(int(failed) for failed in re.findall(r"(\d+) failed", told)), told
    return dict(re.findall(r"^--- (\w+)\n(.*?)(?=^--- |\Z)", told, re.MULTILINE | re.DOTALL))


def _created(told: str) -> list[int]:
    return [int(number) for number in re.findall(r"Have created (\d+),", told)]


def test_a_rehearsed_library_moves_in_both_sides_agree_and_it_moves_out_again(tmp_path: Path) -> None:
    told = _run(["settings", "rehearsal", "checks", "out"], tmp_path)

    assert [200, 80, 15, 20] == _created(told["rehearsal"])
    report, _ = json.JSONDecoder().raw_decode(told["checks"].strip())
    assert ([], [], []) == (report["disagreements"], report["in_two_places"], report["balances_wrong"])
    manifest = json.loads((tmp_path / "data" / "out" / "loans" / "manifest.json").read_text(encoding="utf-8"))
    assert 80 == manifest["counts"]["loans"]


def test_libraries_of_koha_and_of_folio_move_in_by_their_own_names(tmp_path: Path) -> None:
    told = _run(["settings", "koha", "folio"], tmp_path)

    assert [3, 1, 2, 2] == _created(told["koha"])
    assert "2 read, 2 created" in told["koha"]
    assert "copies: 4 created" in told["koha"]
    assert "left out: 505 (1)" in told["koha"]
    assert [1, 1, 1, 1] == _created(told["folio"])
