"""What only the API server of a cluster can judge. Collected where KUBECONFIG names one; it needs no nodes.

The cluster must know the types HTTPRoute, PodMonitor, ServiceMonitor and PrometheusRule. Everything happens in two
namespaces that are made here and deleted afterwards.
"""

import json
import re
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.deploy.operators import ALL_ON, CHART, helm, kubectl, manifests, of_kind, run, template

SPACE, DRY = "library-test", "library-test-dry"


@pytest.fixture(scope="module", autouse=True)
def namespaces() -> Iterator[None]:
    for name in (SPACE, DRY):
        run(kubectl(), "create", "namespace", name)
        run(kubectl(), "label", "namespace", name, "pod-security.kubernetes.io/warn=restricted")
        run(kubectl(), "-n", name, "wait", "--for=create", "serviceaccount/default", "--timeout=60s")  # pods need it
    yield
    run(kubectl(), "delete", "namespace", SPACE, DRY)  # and wait, so that the next run finds none of it


def applied(text: str) -> str:
    """Let the API server judge, strictly; return what it said, warnings and all."""
    return run(
        "sh",
        "-c",
        '"$0" apply --server-side --dry-run=server --validate=strict -n "$1" -f - 2>&1',
        kubectl(),
        DRY,
        given=text,
    )


def upgrade(*arguments: str | Path, chart: Path = CHART) -> None:
    run(helm(), "upgrade", "--install", "library", chart, "-n", SPACE, *arguments)


def generations() -> str:
    where = "jsonpath={range .items[*]}{.metadata.name}={.metadata.generation} {end}"
    found = run(kubectl(), "-n", SPACE, "get", "deployments,statefulsets", "-o", where)
    assert len(found.split()) == len(of_kind(manifests(template()), "Deployment", "StatefulSet"))
    return found


def what_outlives() -> str:
    claims = run(kubectl(), "-n", SPACE, "get", "pvc", "-o", "name")
    assert len(claims.splitlines()) == len(of_kind(manifests(template()), "StatefulSet"))
    return claims + run(kubectl(), "-n", SPACE, "get", "secret", "library-credentials", "-o", "jsonpath={.data}")


def wait_for_pods(wanted: int) -> int:
    """Return how many pods there are, those on their way out left aside, once there are enough or after a while.

    Where a node runs them, the pod of a StatefulSet comes only when the one before it has ended.
    """
    for _ in range(120):
        found = json.loads(run(kubectl(), "-n", SPACE, "get", "pods", "-o", "json"))["items"]
        there = len([pod for pod in found if "deletionTimestamp" not in pod["metadata"]])
        if there >= wanted:
            break
        time.sleep(1)
    return there


@pytest.mark.parametrize("arguments", [(), ("-f", ALL_ON)], ids=["plain", "all on"])
@pytest.mark.parametrize("release", ["library", "r" * 53], ids=["short name", "longest name"])
def test_the_api_server_accepts_everything_and_calls_it_restricted(
    arguments: tuple[str, ...], release: str
) -> None:  # 6, 13
    output = applied(template(*arguments, release=release))

    assert "would violate PodSecurity" not in output


def test_generated_passwords_survive_rendering_against_the_cluster() -> None:  # 28
    upgrade()

    first, second = (
        run(helm(), "template", "library", CHART, "-n", SPACE, "--dry-run=server").split("kind: Secret")[1]
        for _ in range(2)
    )
    assert "-password:" in first
    assert first == second


def test_an_upgrade_that_changes_nothing_touches_nothing() -> None:  # 34
    upgrade()
    before = generations()

    upgrade()

    assert before == generations()


def test_a_new_version_of_the_chart_alone_restarts_nothing(tmp_path: Path) -> None:  # 35
    upgrade()
    before = generations()
    newer = tmp_path / "library"
    shutil.copytree(CHART, newer)
    about = newer / "Chart.yaml"
    about.write_text(re.sub("^version: .*", "version: 99.0.0", about.read_text(), flags=re.MULTILINE))

    upgrade(chart=newer)

    assert "library-99.0.0" in run(helm(), "list", "-n", SPACE)
    assert before == generations()


def test_an_upgrade_survives_that_something_scaled() -> None:  # 36
    upgrade("--set", "autoscaling.enabled=true")
    run(kubectl(), "-n", SPACE, "scale", "deployment/library-books", "--replicas=4")

    upgrade("--set", "autoscaling.enabled=true")

    count = run(kubectl(), "-n", SPACE, "get", "deployment", "library-books", "-o", "jsonpath={.spec.replicas}")
    assert count == "4"


def test_every_pod_is_admitted_and_what_matters_outlives_the_release() -> None:  # 37
    run(kubectl(), "label", "--overwrite", "namespace", SPACE, "pod-security.kubernetes.io/enforce=restricted")
    upgrade()
    run(kubectl(), "-n", SPACE, "delete", "pods", "--all", "--wait=false")

    documents = manifests(template())
    wanted = 2 * len(of_kind(documents, "Deployment")) + len(of_kind(documents, "StatefulSet"))
    assert wait_for_pods(wanted) >= wanted
    before = what_outlives()
    run(helm(), "uninstall", "library", "-n", SPACE)
    time.sleep(3)
    assert before == what_outlives()
    upgrade()
    assert before == what_outlives()
