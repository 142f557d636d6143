"""The parts in which all tests are run: each test is in one of them, and what one of them finds is told."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.end_to_end.processes import ROOT

PARTS = ROOT / "tests/parts.txt"
_PYTEST = "-IS tests/forked_command.py pytest"
_INSTEAD_OF_PYTHON = """#!/bin/sh
case "$*" in "-m tests.fork_server -- "*) shift 3 && exec "$@";; esac
echo "asked for $*"
case "$*" in *tests/loans*) exit {code};; esac
"""


def parts(*rings: str) -> list[str]:
    """Return what pytest is given for each part of these rings, or of all."""
    lines = [line.partition(" ") for line in PARTS.read_text().splitlines() if not line.startswith("#")]
    assert {"inner", "merge", "outer"} == {of for of, _, _ in lines}
    return [part for of, _, part in lines if of in rings or not rings]


def chosen_in(part: str) -> tuple[str, str | None]:
    """Return what a part names, and by which expression it chooses among that."""
    named, _, expression = part.partition(" -k ")
    return named, expression or None


def is_in(part: str, file: Path) -> bool:
    words = chosen_in(part)[0].split()
    ignored = [word.removeprefix("--ignore=") for word in words if word.startswith("--")]
    asked = [word for word in words if not word.startswith("--")]
    return any(map(file.is_relative_to, asked)) and not any(map(file.is_relative_to, ignored))


def _stand_for_python(folder: Path, code: int) -> None:
    """Let what all.sh starts in this folder say what it is, and end with the code where it is about loans."""
    python = folder / ".venv/bin/python"
    python.parent.mkdir(parents=True)
    python.write_text(_INSTEAD_OF_PYTHON.format(code=code))
    python.chmod(0o755)


def test_every_test_is_in_exactly_one_part() -> None:
    files = [file.relative_to(ROOT) for file in (ROOT / "tests").rglob("test_*.py")]

    found = {str(file): [part for part in parts() if is_in(part, file)] for file in files}

    assert len(found) > 400
    whole, parted = {(None,)}, {("not(postgres)", "postgres")}
    assert {} == {
        file: those
        for file, those in found.items()
        if tuple(chosen_in(each)[1] for each in those) not in whole | parted
    }


def test_every_part_names_what_is_there() -> None:
    named = [word.removeprefix("--ignore=") for part in parts() for word in chosen_in(part)[0].split()]

    assert [] == [name for name in named if not (ROOT / name).exists()]


@pytest.mark.parametrize("code", [0, 1])
@pytest.mark.parametrize(
    ("asked", "rings"),
    [("", ("merge", "outer")), ("merge", ("merge",)), ("inner", ("inner",))],
    ids=["all", "merge", "inner"],
)
def test_every_part_of_a_ring_is_run_and_one_that_fails_is_named_at_the_end(
    asked: str, rings: tuple[str, ...], code: int, tmp_path: Path
) -> None:
    for file in (PARTS, PARTS.with_name("all.sh")):
        (tmp_path / "tests").mkdir(exist_ok=True)
        shutil.copy(file, tmp_path / "tests")
    (tmp_path / "Makefile").write_text("check:\n\t@echo checked\n")
    _stand_for_python(tmp_path, code)

    done = subprocess.run(
        [tmp_path / "tests/all.sh"],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": os.environ["PATH"]} | ({"RING": asked} if asked else {}),
    )

    lines, run = done.stdout.splitlines(), parts(*rings, *(["inner"] if "merge" in rings else []))
    failed = [f"failed: {part}" for part in run if "tests/loans" in part] * code
    assert sorted(f"asked for {_PYTEST} {part}" for part in run) == sorted(
        line for line in lines if line.startswith("asked for")
    )
    assert ("merge" in rings) == ("checked" in lines)
    assert [*rings] == sorted(line.split()[1].rstrip(":") for line in lines if line.startswith("ring "))
    assert sorted(failed) == sorted(lines[len(lines) - len(failed) :])
    assert (code == 0) == (done.returncode == 0)


def test_a_check_that_fails_is_named_as_well(tmp_path: Path) -> None:
    (tmp_path / "tests").mkdir()
    shutil.copy(PARTS.with_name("all.sh"), tmp_path / "tests")
    (tmp_path / "tests/parts.txt").write_text("# none\n")
    (tmp_path / "Makefile").write_text("check:\n\t@false\n")
    _stand_for_python(tmp_path, 0)

    done = subprocess.run([tmp_path / "tests/all.sh"], capture_output=True, text=True, check=False)

    assert "failed: check" == done.stdout.splitlines()[-1]
    assert 0 != done.returncode
