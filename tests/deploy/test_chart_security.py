"""What the pods of the chart may do: as little as they need."""

import base64
import json
import re
from typing import Any

import pytest

from tests.deploy.operators import CHART, SETTINGS, containers, files_of, name_of, of_kind, pods, rendered, template

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


@pytest.mark.parametrize(("egress", "service"), [("catalogueEgress", "books"), ("providerEgress", "members")])
def test_one_service_alone_reaches_systems_of_others_and_only_if_the_operator_says_where(
    egress: str, service: str
) -> None:
    elsewhere = '[{"ports": [{"port": 8443, "protocol": "TCP"}]}]'

    def reaching(*options: str) -> list[str]:
        policies = of_kind(rendered(*options), "NetworkPolicy")
        return [name_of(each) for each in policies if "8443" in str(each["spec"].get("egress"))]

    assert [] == reaching()
    assert [f"NetworkPolicy/library-{service}"] == reaching("--set-json", f"networkPolicy.{egress}={elsewhere}")


def test_a_database_is_reached_by_its_own_service_alone(plain: Documents) -> None:
    for policy in of_kind(plain, "NetworkPolicy"):
        service, _, last = policy["metadata"]["name"].removeprefix("library-").partition("-")
        if last == "db":
            (rule,) = policy["spec"]["ingress"]
            peers = {one["podSelector"]["matchLabels"]["app.kubernetes.io/component"] for one in rule["from"]}
            assert peers - {"loans-sweep"} == {service, f"{service}-relay"}


PLAIN_ADDRESSES = {f"MEMBERS_{of}_URL" for of in ("LOANS", "SELF", "SMTP", "BOUNCE_IMAP", "PUSH")}
"""Addresses that take no password: it is a setting of its own."""


def test_no_secret_stands_in_the_environment_of_anybody() -> None:  # 18
    """Every credential is a file; the environment of a process is read by whatever it starts and by crash reports."""
    for values in SETTINGS:
        documents = rendered("-f", values)
        made = [value for found in documents if found["kind"] == "Secret" for value in found["data"].values()]
        secrets = [base64.b64decode(value).decode() for value in made]
        for place, container, _ in containers(documents):
            entries = container.get("env", [])
            assert [entry["name"] for entry in entries if "valueFrom" in entry] == [], place
            filled = [entry for entry in entries if entry["value"]]
            named = [entry for entry in filled if re.search("PASS|SECRET|TOKEN|_URL|_DSN", entry["name"])]
            secret = {entry["name"] for entry in named if not entry["name"].endswith("_FILE")}
            assert secret <= PLAIN_ADDRESSES, place
        manifests = str([found for found in documents if found["kind"] != "Secret"])
        assert not [one for one in secrets if one in manifests and not one.startswith("-----BEGIN CERT")]


def test_each_container_reads_the_secrets_that_it_needs_and_no_other(plain: Documents) -> None:
    reads = {
        place.removeprefix("Deployment/library-").removeprefix("StatefulSet/library-"): {
            key for _, key, _ in files_of(container, pod)
        }
        for place, container, pod in containers(plain)
    }

    own: dict[str, set[str]] = {}
    for service in ("books", "members", "loans"):
        own |= {
            f"{service}:migrate": {f"{service}-db-owner-password"},
            f"{service}:api": {f"{service}-db-password"},
            f"{service}-relay:await-schema": {f"{service}-db-password"},
            f"{service}-relay:relay": {f"{service}-db-password", f"{service}-rabbitmq-password"},
            f"{service}-db:postgresql": {f"{service}-db{part}-password" for part in ("", "-owner", "-admin")},
        }
    own["members:api"] |= {"signing-key.pem", "data-keys.txt", "loans-client-password", "members-client-password"}
    own["members-relay:relay"] |= {"data-keys.txt", "members-client-password"}
    own["loans:api"] |= {"loans-client-password"}
    own["loans-relay:relay"] |= {"loans-client-password"}
    own["rabbitmq:users"] = {f"{service}-rabbitmq-password" for service in ("books", "members", "loans")}
    own |= {"rabbitmq:rabbitmq": set(), "CronJob/library-loans-sweep:sweep": {"loans-db-password"}}
    own |= {"Pod/library-smoke-test:smoke-test": set(), "desk:desk": set()}
    assert reads == own


def test_an_outside_owner_migrates_and_an_outside_application_role_serves() -> None:
    documents = rendered("-f", CHART / "ci/production-values.yaml")

    found = {place: (container, pod) for place, container, pod in containers(documents)}
    migrate, api, relay = (
        {secret for secret, _, _ in files_of(*found[f"Deployment/library-books{place}"])} - {"data-authority"}
        for place in (":migrate", ":api", "-relay:relay")
    )
    assert (migrate, api, relay) == ({"books-app"}, {"books-serves"}, {"books-serves", "books-broker"})
    environment = {entry["name"]: entry["value"] for entry in found["Deployment/library-books:migrate"][0]["env"]}
    assert (environment["BOOKS_DATABASE_APP_ROLE"], environment["BOOKS_DATABASE_USER"]) == ("books", "")


def test_where_nobody_names_an_owner_one_role_does_both() -> None:
    documents = rendered("-f", CHART / "ci/external-values.yaml")

    migrations = [container for place, container, _ in containers(documents) if place.endswith(":migrate")]
    assert len(migrations) == 3
    assert "APP_ROLE" not in str(migrations)


def test_helm_test_looks_and_touches_nothing_unless_it_is_told_to(plain: Documents) -> None:
    lending = rendered("--set", "smokeTest.conversation=true")
    without = rendered("--set", "smokeTest.enabled=false")

    def clients(documents: Documents) -> set[str]:
        api = next(one for place, one, _ in containers(documents) if place == "Deployment/library-members:api")
        (found,) = (json.loads(entry["value"]) for entry in api["env"] if entry["name"] == "MEMBERS_CLIENTS")
        return set(found)

    def asks(documents: Documents) -> tuple[list[str], set[str]]:
        (pod,) = of_kind(documents, "Pod")
        (container,) = pod["spec"]["containers"]
        return container["args"][3:], {key for _, key, _ in files_of(container, pod["spec"])}

    assert (clients(plain), *asks(plain)) == ({"loans", "members"}, [], set())
    assert (clients(lending), *asks(lending)) == (
        {"loans", "members", "smoke-test"},
        ["--converse", "/var/run/library/smoke-client-password"],
        {"smoke-client-password"},
    )
    assert "smoke-client" not in str(plain)
    assert "smoke" not in str([found for found in without if found["kind"] != "Secret"])
