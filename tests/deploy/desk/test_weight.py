"""What a browser loads before the desk page shows its first view."""

import gzip
import re
from pathlib import Path

import pytest

SITE = Path(__file__).parents[3] / "deploy" / "desk" / "site"
LANGUAGES = ["en", "de", "fr", "es"]
MOST_ON_THE_LINE = 45_000  # bytes, packed as the desk page packs them
MOST = 120_000  # bytes, unpacked
_IMPORT = re.compile(r'^(?:import|export) [^;]*?"(\./[^"]+)";', re.MULTILINE)


def modules(name: str, found: set[str] | None = None) -> set[str]:
    """Return a module and those that it needs, without those that are loaded when they are wanted."""
    needed = set() if found is None else found
    if name not in needed:
        needed.add(name)
        for other in _IMPORT.findall((SITE / name).read_text("utf-8")):
            modules(str((SITE / name).parent.joinpath(other).resolve().relative_to(SITE.resolve())), needed)
    return needed


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_first_view_comes_with_what_it_needs_and_no_more(language: str) -> None:
    needed = modules("desk.js") | {"index.html", "desk.css", "icon.svg", "services.json", f"words/{language}.json"}
    files = [(SITE / name).read_bytes() for name in needed]

    assert sum(map(len, files)) <= MOST
    assert sum(len(gzip.compress(file)) for file in files) <= MOST_ON_THE_LINE


def test_what_is_opened_later_comes_later() -> None:
    later = {file.relative_to(SITE).as_posix() for file in SITE.glob("**/*.js")} - modules("desk.js")

    assert {"acts.js", "help.js", "keep.js", "offline.js", "print.js", "pull.js", "reader.js"} <= later
    assert {
        file.relative_to(SITE).as_posix() for room in ("panels", "views") for file in SITE.glob(f"{room}/*")
    } <= later
