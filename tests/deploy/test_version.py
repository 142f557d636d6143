"""One version: of package, services, image and chart, and a number of its own for each build."""

import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml

from shared.service import RELEASE
from tests.deploy.operators import CHART, ROOT

PLACES = ("pyproject.toml", "shared/service/__init__.py", "deploy/helm/library/Chart.yaml")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A repository of its own, with what names the version."""
    for name in ("deploy/version.sh", *PLACES):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    git(tmp_path, "init", "--quiet")
    return tmp_path


def git(folder: Path, *words: str) -> None:
    who = ("-c", "user.name=a", "-c", "user.email=a@library.invalid", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *who, *words], cwd=folder, check=True, capture_output=True)


def commit(folder: Path, day: int) -> None:
    git(folder, "add", "--all")
    moment = f"2026-11-{day}T07:15:00+0200"
    words = ["git", "-c", "user.name=a", "-c", "user.email=a@library.invalid", "commit", "-qm", "a", "--allow-empty"]
    environment = {"PATH": "/usr/bin:/bin", "GIT_COMMITTER_DATE": moment, "GIT_AUTHOR_DATE": moment}
    subprocess.run(words, cwd=folder, check=True, capture_output=True, env=environment)


def printed(folder: Path, *words: str) -> str:
    done = subprocess.run([folder / "deploy/version.sh", *words], check=True, capture_output=True, text=True)
    return done.stdout.strip()


def test_package_services_and_chart_have_one_version() -> None:
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text())

    package = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert {package, chart["version"], chart["appVersion"], RELEASE} == {package}


def test_a_new_version_is_written_wherever_it_stands(checkout: Path) -> None:
    printed(checkout, "0.7.3")

    assert [(checkout / place).read_text().count("0.7.3") for place in PLACES] == [1, 1, 2]
    assert not any(f'"{RELEASE}"' in (checkout / place).read_text() for place in PLACES)
    assert printed(checkout) == "0.7.3"


def test_each_commit_is_a_build_with_a_number_of_its_own_and_the_tag_is_the_release(checkout: Path) -> None:
    commit(checkout, 28)
    first = printed(checkout)
    commit(checkout, 29)
    second = printed(checkout)
    (checkout / "new").touch()
    changed = printed(checkout)
    (checkout / "new").unlink()
    git(checkout, "tag", f"v{RELEASE}")

    assert first.startswith(f"{RELEASE}-dev.20261128051500.g")
    assert second.startswith(f"{RELEASE}-dev.20261129051500.g")
    assert changed == f"{second}.changed"
    assert printed(checkout) == RELEASE
