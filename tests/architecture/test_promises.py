"""Small promises about the files of the project."""

import re

from tests.architecture.checkout import PACKAGES, PYPROJECT, ROOT, project_files

# With gaps, so that this file does not name what it forbids.
REGISTRIES = re.compile(r"py pi\.org|python hosted|npm js|yarn pkg|deb\.debian|js delivr|un pkg".replace(" ", ""))
SKIPS = re.compile(r"\bmark\.skip|\bpytest\.skip\(|\bimportorskip\(|\bskipif\b")
SUPPRESSION = re.compile(r"#\s*(?:noqa|type:\s*ignore)\b")
CODE_AND_REASON = re.compile(
    r"#\s*(?:noqa:\s*[A-Z]+\d+(?:,\s*[A-Z]+\d+)*|type:\s*ignore\[[\w, -]+\])\W+(?![A-Z]+\d)[A-Za-z]"
)
THIS = "tests/architecture/test_promises.py"


def lines_with(pattern: re.Pattern[str], suffix: str = "") -> list[tuple[str, str]]:
    found = []
    for path in project_files():
        name = path.relative_to(ROOT).as_posix()
        if name.endswith(suffix) and name != THIS:
            text = path.read_text(errors="ignore")
            found += [(name, line.strip()[:200]) for line in text.splitlines() if pattern.search(line)]
    return found


def test_no_file_names_a_package_registry() -> None:
    assert [] == lines_with(REGISTRIES)


def test_no_test_is_skipped() -> None:
    assert [] == lines_with(SKIPS, ".py")


def test_a_suppressed_warning_gives_its_code_and_reason() -> None:
    suppressed = lines_with(SUPPRESSION, ".py")

    bare = [found for found in suppressed if not CODE_AND_REASON.search(found[1])]

    assert [] == bare


def test_development_adds_to_the_requirements_and_changes_none() -> None:
    needed, developing = (
        set(re.findall(r"^[\w-]+==.*", (ROOT / name).read_text(), re.MULTILINE))
        for name in ("requirements.txt", "requirements-dev.txt")
    )

    assert needed
    assert set() == needed - developing


def test_every_tool_looks_at_every_package() -> None:
    tools = PYPROJECT["tool"]

    assert PACKAGES == tools["hatch"]["build"]["targets"]["wheel"]["packages"]
    assert [*PACKAGES, "deploy", "docs", "tests"] == tools["mypy"]["files"]
