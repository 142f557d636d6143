"""What the pods of the chart may do: as little as they need."""

import re
from typing import Any

from tests.deploy.operators import CHART, containers, name_of, of_kind, pods, rendered, template

Documents = list[dict[str, Any]]
SAFE = {"runAsNonRoot": True, "allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True}


def test_no_container_is_root_or_writes_to_its_own_files(all_on: Documents) -> None:  # 14
    for place, container, pod in containers(all_on):
        context = pod["securityContext"] | container["securityContext"]
        assert SAFE.items() <= context.items(), place
        assert context["capabilities"] == {"drop": ["ALL"]}, place
        assert context["seccompProfile"] == {"type": "RuntimeDefault"}, place


def test_no_pod_gets_a_token_of_the_cluster_or_its_neighbours_addresses(all_on: Documents) -> None:  # 14
    for place, pod in pods(all_on):
        assert pod["spec"]["automountServiceAccountToken"] is False, place
        assert pod["spec"]["enableServiceLinks"] is False, place


def test_nobody_asks_for_permissions_in_the_cluster() -> None:  # 15
    assert not re.search(r"^kind: (Cluster)?Role(Binding)?$", template(), re.MULTILINE)


def test_openshift_is_left_to_choose_users_and_groups() -> None:  # 16
    text = template("-f", CHART / "ci/openshift-values.yaml")

    assert not re.search("runAsUser|runAsGroup|fsGroup", text)
    assert text.count("port: 5353\n") == 2 * 8  # its names: UDP and TCP, for whoever asks


def test_every_workload_has_a_policy_and_whoever_talks_may_resolve_names(all_on: Documents) -> None:  # 17
    policies = of_kind(all_on, "NetworkPolicy")
    for place, pod in pods(all_on):
        if place.startswith("Pod/"):  # the smoke test comes and goes
            continue
        labels = pod["metadata"]["labels"].items()
        assert [p for p in policies if p["spec"]["podSelector"]["matchLabels"].items() <= labels], place
    for policy in policies:
        allowed = {
            (port["port"], port["protocol"]) for rule in policy["spec"].get("egress", []) for port in rule["ports"]
        }
        assert not allowed or {(53, "UDP"), (53, "TCP")} <= allowed, name_of(policy)


def test_a_database_is_reached_by_its_own_service_alone(plain: Documents) -> None:
    for policy in of_kind(plain, "NetworkPolicy"):
        service, _, last = policy["metadata"]["name"].removeprefix("library-").partition("-")
        if last == "db":
            (rule,) = policy["spec"]["ingress"]
            peers = {one["podSelector"]["matchLabels"]["app.kubernetes.io/component"] for one in rule["from"]}
            assert peers - {"loans-sweep"} == {service, f"{service}-relay"}


def test_no_secret_is_written_as_a_literal(all_on: Documents) -> None:  # 18
    literal = [
        (place, entry["name"])
        for place, container, _ in containers(all_on)
        for entry in container.get("env", [])
        if re.search("PASS|SECRET|TOKEN|_URL|_DSN", entry["name"]) and "value" in entry
    ]
    assert literal == []


def test_the_smoke_test_leaves_no_client_behind_where_it_is_not_wanted() -> None:
    documents = rendered("--set", "smokeTest.enabled=false")

    assert "smoke" not in str([found for found in documents if found["kind"] != "Secret"])
