"""The chart as it is published: it names the images that were built and tested, to the byte."""

import subprocess
from pathlib import Path

import pytest
import yaml

from tests.deploy.operators import CHART, ROOT, helm, run

SCRIPT = CHART.parent / "package.sh"
IMAGES = {
    name: f"registry.example/{repository}@sha256:{str(number) * 64}"
    for number, (name, repository) in enumerate(
        {
            "library": "owner/library-services",
            "postgresql": "postgres",
            "rabbitmq": "rabbitmq",
            "rclone": "rclone/rclone",
            "exporter": "prometheuscommunity/postgres-exporter",
        }.items()
    )
}


NUMBER = "0.1.0-dev.20261129071500.g65ce98ec"
HOMEPAGE = "https://forge.example/owner/library"


def package(folder: Path, **images: str) -> subprocess.CompletedProcess[str]:
    given = [f"{name}={image}" for name, image in images.items()]
    environment = {"PATH": "/usr/bin:/bin", "HELM": str(helm()), "HOME": str(folder)}
    environment |= {"VERSION": NUMBER, "HOMEPAGE": HOMEPAGE}
    return subprocess.run([SCRIPT, folder, *given], env=environment, capture_output=True, text=True, check=False)


def test_the_package_asks_for_the_images_of_the_release_by_their_digests(tmp_path: Path) -> None:
    done = package(tmp_path, **IMAGES)

    assert done.returncode == 0, done.stderr
    made = run(helm(), "template", "library", done.stdout.strip())
    asked = {
        container["image"]
        for document in yaml.safe_load_all(made)
        if document and document["kind"] == "Deployment"
        for container in document["spec"]["template"]["spec"]["containers"]
    }
    assert asked == {IMAGES["library"]}
    about = yaml.safe_load(run(helm(), "show", "chart", done.stdout.strip()))
    assert (about["version"], about["appVersion"]) == (NUMBER, NUMBER)
    assert (about["home"], about["sources"]) == (HOMEPAGE, [HOMEPAGE])
    assert "registry.example" not in (CHART / "values.yaml").read_text()


@pytest.mark.parametrize("left_out", IMAGES)
def test_a_package_that_would_ask_for_another_image_is_not_made(left_out: str, tmp_path: Path) -> None:
    done = package(tmp_path, **{name: image for name, image in IMAGES.items() if name != left_out})

    assert done.returncode == 1
    assert not list(tmp_path.glob("*.tgz"))


def test_an_image_without_a_digest_is_refused(tmp_path: Path) -> None:
    assert package(tmp_path, library="registry.example/library-services:0.1.0").returncode == 2


def test_nothing_is_published_that_fails_a_test() -> None:
    jobs = yaml.safe_load((ROOT / ".github/workflows/release.yaml").read_text())["jobs"]

    assert jobs["release"]["needs"] == "test"
    assert ".ci/run" in jobs["test"]["steps"][-1]["run"]
