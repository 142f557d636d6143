"""What an operator types first: `make`, and the commands that an installed package has."""

import shutil
import subprocess
import tomllib
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from shared.service import RELEASE

ROOT = Path(__file__).parents[1]
SCRIPTS: dict[str, str] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["scripts"]


def command(name: str) -> Any:
    module, _, attribute = SCRIPTS[name].partition(":")
    return getattr(import_module(module), attribute)


@pytest.mark.parametrize("name", ["library-books", "library-members", "library-loans"])
def test_each_service_is_a_command_that_tells_its_version_and_its_settings(name: str) -> None:
    version = CliRunner().invoke(command(name), ["--version"])
    settings = CliRunner().invoke(command(name), ["settings"])

    assert (0, f"{name} {RELEASE}\n") == (version.exit_code, version.output)
    assert 0 == settings.exit_code
    assert f"{name.removeprefix('library-').upper()}_DATABASE_URL  [required]" in settings.output
    assert "LOG_LEVEL  [INFO]" in settings.output


def test_make_alone_shows_what_there_is_to_make() -> None:
    shown = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60).stdout

    for target in ("run", "test", "check", "readers", "bench", "up", "lock", "clean"):
        assert f"make {target} " in shown
    assert "PYTHON=" in shown


def test_without_docker_make_up_says_what_it_needs_and_draws_no_secrets(tmp_path: Path) -> None:
    (tmp_path / "sh").symlink_to("/bin/sh")
    make = shutil.which("make")
    assert make

    refused = subprocess.run(
        [make, "-f", ROOT / "Makefile", "up"],
        cwd=tmp_path,
        env={"PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert 2 == refused.returncode
    assert refused.stderr.startswith("make up needs Docker Engine with its compose plugin; make run needs neither.\n")


def test_an_interpreter_that_cannot_be_run_is_named_and_costs_no_environment(tmp_path: Path) -> None:
    (tmp_path / "deploy").mkdir()
    (tmp_path / ".venv").mkdir()
    shutil.copy(ROOT / "deploy" / "set_up.sh", tmp_path / "deploy")

    refused = subprocess.run(
        ["sh", "deploy/set_up.sh", "run"],
        cwd=tmp_path,
        env={"PATH": "/usr/bin:/bin", "PYTHON": "/nowhere/python3.13"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert (1, "PYTHON=/nowhere/python3.13 cannot be run.\n") == (refused.returncode, refused.stderr)
    assert (tmp_path / ".venv").exists()
