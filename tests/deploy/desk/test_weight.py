"""What a browser loads before the desk page shows its first view."""

import gzip
import re
from pathlib import Path

SITE = Path(__file__).parents[3] / "deploy" / "desk" / "site"
MOST_ON_THE_LINE = 60_000  # bytes, packed as the desk page packs them
MOST = 155_000  # bytes, unpacked
_IMPORT = re.compile(r'^(?:import|export) [^;]*?"(\./[^"]+)";', re.MULTILINE)


def modules(name: str, found: set[str] | None = None) -> set[str]:
    """Return a module and those that it needs, without those that are loaded when they are wanted."""
    needed = set() if found is None else found
    if name not in needed:
        needed.add(name)
        for other in _IMPORT.findall((SITE / name).read_text("utf-8")):
            modules(str((SITE / name).parent.joinpath(other).resolve().relative_to(SITE.resolve())), needed)
    return needed


def test_the_first_view_comes_with_what_it_needs_and_no_more() -> None:
    needed = modules("desk.js") | {"index.html", "desk.css", "print.css", "icon.svg", "services.json", "words/de.json"}
    files = [(SITE / name).read_bytes() for name in needed]

    assert sum(map(len, files)) <= MOST
    assert sum(len(gzip.compress(file)) for file in files) <= MOST_ON_THE_LINE
    assert not {"offline.js", "keep.js", "pull.js", "views/lists.js", "panels/copy.js"} & needed
