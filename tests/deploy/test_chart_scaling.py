"""How many pods the chart asks for while an autoscaler chooses their number, from one upgrade to the next."""

import json
import re
from collections.abc import Collection
from pathlib import Path
from typing import Any

import pytest

from tests.deploy.known_cluster import cluster_with
from tests.deploy.operators import (
    CHART,
    ROOT,
    helm,
    manifests,
    name_of,
    of_kind,
    of_services,
    pod_of,
    rendered,
    run,
)

Documents = list[dict[str, Any]]
ON = ("--set", "autoscaling.enabled=true")


@pytest.fixture(scope="module")
def scaled() -> Documents:
    return rendered(*ON)


def upgraded(documents: Documents, folder: Path, *, running: int, has: Collection[str]) -> set[int | None]:
    """Return the numbers that the next upgrade says, where so many pods of each run now."""
    live: Documents = json.loads(json.dumps(documents))
    for deployment in of_services(live):
        deployment["spec"]["replicas"] = running
    asking = ("--dry-run=server", "--disable-openapi-validation")
    with cluster_with(live, folder, has={"Deployment", *has}) as there:
        text = run(
            helm(), "template", "library", CHART, "-n", "library", *ON, *asking, KUBECONFIG=str(there), NO_PROXY="*"
        )
    return {found["spec"].get("replicas") for found in of_services(manifests(text))}


def test_the_upgrade_that_switches_it_on_lets_nothing_fall_below_what_runs_or_may_be_chosen(
    scaled: Documents, tmp_path: Path
) -> None:
    assert upgraded(scaled, tmp_path, running=5, has=()) == {5}
    assert upgraded(scaled, tmp_path, running=1, has=()) == {2}


@pytest.mark.parametrize("running", [4, 0], ids=["chosen by the autoscaler", "stopped by somebody"])
def test_every_later_upgrade_leaves_the_number_as_it_is(scaled: Documents, tmp_path: Path, running: int) -> None:
    assert upgraded(scaled, tmp_path, running=running, has={"HorizontalPodAutoscaler"}) == {running}


def test_accounts_that_several_pods_share_are_made_once() -> None:
    documents = rendered("--set", "serviceDefaults.serviceAccount.name=library")

    names = [name_of(found) for found in documents]
    assert len(names) == len(set(names))
    assert "ServiceAccount/library" in names


def test_where_no_account_is_made_and_none_named_the_pods_run_as_that_of_the_namespace() -> None:
    documents = rendered("--set", "serviceDefaults.serviceAccount.create=false")

    made = {found["metadata"]["name"] for found in of_kind(documents, "ServiceAccount")} | {"default"}
    kinds = ("Deployment", "StatefulSet", "CronJob")
    used = {pod_of(found)["spec"]["serviceAccountName"] for kind in kinds for found in of_kind(documents, kind)}
    assert used <= made
    assert "default" in used


def test_the_runbook_stops_a_service_by_its_values_and_not_beside_them() -> None:
    runbooks = (ROOT / "docs/runbooks.md").read_text()
    (settings,) = re.findall(r"helm upgrade library .* --set (services\.loans\.replicas=0\S*)", runbooks)

    stopped = {
        name_of(found): found["spec"]["replicas"] for found in of_kind(rendered("--set", settings), "Deployment")
    }

    assert [name for name, replicas in stopped.items() if replicas == 0] == [
        "Deployment/library-loans",
        "Deployment/library-loans-relay",
    ]
    assert "kubectl scale --replicas" not in runbooks
