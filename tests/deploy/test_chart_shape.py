"""The chart as a chart: linted, closed, offline, labelled. The numbers beside the tests are those of its checklist."""

import re
from functools import cache
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from tests.deploy.operators import (
    ALL_ON,
    CHART,
    SETTINGS,
    as_json,
    helm,
    name_of,
    of_kind,
    pod_of,
    refuses,
    rendered,
    run,
    template,
    tool,
)

Documents = list[dict[str, Any]]
_WHOLE = {
    "behavior",
    "resources",
    "podSecurityContext",
    "securityContext",
    "startup",
    "liveness",
    "readiness",
    "labels",
}
STABLE = {f"app.kubernetes.io/{key}" for key in ("name", "instance", "component")}


@pytest.mark.parametrize("values", SETTINGS, ids=lambda path: path.stem)
def test_it_lints_clean_in_every_supported_configuration(values: Path) -> None:  # 1
    run(helm(), "lint", "--strict", CHART, "-f", values)


def test_it_depends_on_nothing_and_says_where_it_comes_from() -> None:  # 2
    about = yaml.safe_load((CHART / "Chart.yaml").read_text())

    assert (about["apiVersion"], about.get("dependencies")) == ("v2", None)
    assert {"kubeVersion", "appVersion", "maintainers"} <= about.keys()


def test_its_schema_is_one_and_fetches_nothing() -> None:  # 3
    schema = CHART / "values.schema.json"

    run(tool("check-jsonschema"), "--check-metaschema", schema)
    assert not re.search(r'"\$ref": *"https?:', schema.read_text())


@pytest.mark.parametrize(
    "typo",
    [
        "typo=1",
        "services.books.replicas=abc",
        "services.bookz.replicas=1",
        "services.books.databse.host=x",
        "postgresql.persistance.enabled=false",
        "image.digest=sha256:short",
        "library.passwordGrant=maybe",
        "serviceDefaults.config.lower_case=x",
        "services.books.database.owner.password=x",
        "services.books.database.sslmode=on",
        "services.books.broker.host=x",
        "library.forwardedAllowIps=10.0.0.0/8",
        "library.trustedProxies=everybody",
        "library.allowedHosts[0]=https://library.example",
        "library.auditKeptDays=30",
        "networkPolicy.ingressController[0].namespace=x",
        "networkPolicy.monitoringFrom[0]=null",
        "rabbitmq.username=library",
        "smokeTest.conversation=maybe",
        "tls.enabled=true",
        "tls.internal.existingSecrets.relay=x",
        "tls.internal.validityDays=0",
        "podDisruptionBudget.maxUnavailable=0",
        "podDisruptionBudget.maxUnavailable=0%",
        "ingress.host=",
    ],
)
def test_its_schema_refuses_what_it_does_not_know(typo: str) -> None:  # 4
    assert "values don't meet the specifications of the schema" in refuses(helm(), "template", CHART, "--set", typo)


def test_nothing_that_is_installed_leads_to_a_place_that_nobody_has() -> None:
    monitoring = [f"metrics.{part}.enabled=true" for part in ("prometheusRule", "dashboards", "serviceMonitor")]
    others = [f"{part}.enabled=true" for part in ("postgresql.metrics", "backup", "ingress")]
    installed = template("--set", ",".join(monitoring + others))
    about = (CHART / "Chart.yaml").read_text()

    assert not re.findall(r"\S+\.example\b\S*|\bexample\.(?:org|com|net)\b", installed + about)
    assert "runbook_url" not in installed
    assert "runbook: docs/runbooks.md#librarycrashloop" in installed


@pytest.mark.parametrize("path", ["autoscaling", "relay.autoscaling"])
def test_fewer_pods_at_most_than_at_least_are_refused_with_their_path(path: str) -> None:
    refusal = refuses(helm(), "template", CHART, "--set", f"services.loans.{path}.minReplicas=9")

    assert f"services.loans.{path}.minReplicas is 9, more than its maxReplicas" in refusal
    assert "services.books" not in refusal


def test_an_umbrella_chart_may_have_globals_of_its_own() -> None:  # 4
    assert rendered("--set", "global.anything=1")


def test_it_renders_offline_and_twice_the_same_but_for_what_is_drawn_by_chance() -> None:  # 5
    run("unshare", "-n", helm(), "template", "library", CHART)

    first, second = ([line for line in template().splitlines() if "-password:" not in line] for _ in range(2))
    assert first == second


@pytest.mark.parametrize("minor", ["1.30", "1.31", "1.32", "1.33", "1.34", "1.35"])
def test_every_object_is_valid_for_each_kubernetes_that_is_claimed(
    minor: str, all_on: Documents, monkeypatch: pytest.MonkeyPatch
) -> None:  # 7
    read_once = cache(kubernetes_validate.utils.schema_contents)  # a megabyte of definitions, for each object
    monkeypatch.setattr(kubernetes_validate.utils, "schema_contents", read_once)
    core = [document for document in all_on if ".coreos.com" not in document["apiVersion"]]
    known = [document for document in core if document["kind"] != "HTTPRoute"]  # of those, Kubernetes itself knows all

    assert {minor} == {kubernetes_validate.validate(document, minor, strict=True) for document in known}


def test_every_object_carries_the_recommended_labels(all_on: Documents) -> None:  # 8
    keys = ("name", "instance", "component", "part-of", "managed-by", "version")
    wanted = {f"app.kubernetes.io/{key}" for key in keys} | {"helm.sh/chart"}
    ours = [document for document in all_on if not document["metadata"]["name"].endswith("-more")]

    assert [name_of(document) for document in ours if not wanted <= document["metadata"]["labels"].keys()] == []


def test_selectors_and_pods_carry_nothing_that_a_new_version_would_change(all_on: Documents) -> None:  # 9
    for workload in of_kind(all_on, "Deployment", "StatefulSet"):
        assert workload["spec"]["selector"]["matchLabels"].keys() == STABLE, name_of(workload)
        claims = [claim["metadata"] for claim in workload["spec"].get("volumeClaimTemplates", [])]
        labels = {key for made in (pod_of(workload)["metadata"], *claims) for key in made["labels"]}
        assert not [key for key in labels if "version" in key or "chart" in key], name_of(workload)


def test_the_notes_lead_to_every_swagger_ui_by_both_ways() -> None:  # 10
    output = run(helm(), "install", "library", CHART, "--dry-run=client", "--set", "ingress.enabled=true")

    notes = output[output.index("NOTES:") :].splitlines()
    assert len([line for line in notes if "/docs" in line]) == 6


def test_the_notes_speak_of_what_is_there_alone() -> None:
    where = "services.members.config.MEMBERS_BOOKS_URL=http://books.example"
    one = ("services.books.enabled=false", "services.loans.enabled=false", where)
    alone = run(helm(), "install", "library", CHART, "--dry-run=client", "--set", ",".join(one))
    whole = run(helm(), "install", "library", CHART, "--dry-run=client")

    forwarded = [re.findall(r"port-forward svc/library-(\w+)", notes) for notes in (alone, whole)]
    assert forwarded == [["members"], ["books", "members", "loans", "desk"]]
    assert ["helm -n default test library" in notes for notes in (alone, whole)] == [False, True]


def notes(*settings: str) -> str:
    output = run(helm(), "install", "library", CHART, "--dry-run=client", "--set", ",".join(settings))
    return output[output.index("NOTES:") :]


def test_the_notes_warn_of_an_edge_without_encryption_which_must_be_asked_for() -> None:
    encrypted, plain = notes("ingress.enabled=true"), notes("ingress.enabled=true,ingress.tls.enabled=false")

    assert "https://library.local/members/docs" in encrypted
    assert "WARNING" not in encrypted
    assert "http://library.local/members/docs" in plain
    assert "WARNING: the Ingress has no TLS" in plain


def test_the_notes_say_who_is_let_in_and_that_a_port_forward_passes() -> None:
    closed, opened = notes("networkPolicy.enabled=true"), notes("networkPolicy.enabled=false")

    assert '{"kubernetes.io/metadata.name":"ingress-nginx"}' in closed
    assert '{"kubernetes.io/metadata.name":"monitoring"}' in closed
    assert "A port-forward comes from the pod's own node and passes." in closed
    assert "port-forward comes" not in opened


def test_the_notes_lead_to_services_that_are_encrypted_by_https() -> None:
    assert notes("tls.internal.enabled=true").count("# https://localhost:800") == 3


@pytest.mark.parametrize("values", ["default", "small"])
def test_the_readme_tells_what_the_pods_ask_for(values: str) -> None:
    documents = of_kind(rendered("-f", CHART / f"ci/{values}-values.yaml"), "Deployment", "StatefulSet")
    asked = [
        (document["spec"]["replicas"], container["resources"]["requests"])
        for document in documents
        for container in pod_of(document)["spec"]["containers"]
    ]
    processors = sum(count * int(requests["cpu"].removesuffix("m")) for count, requests in asked) / 1000
    memory = sum(count * int(requests["memory"].removesuffix("Mi")) for count, requests in asked) / 1024

    assert f"{processors:.1f} CPU and {memory:.1f} GiB" in (CHART / "README.md").read_text()


def test_the_readme_names_every_value() -> None:  # 11
    values, readme = yaml.safe_load((CHART / "values.yaml").read_text()), (CHART / "README.md").read_text()

    missing = [path for path in _paths(values) if f"`{path}`" not in readme]
    assert missing == []


def _paths(values: dict[str, Any], above: str = "") -> list[str]:
    """Return the dotted name of every value, down to what is set as a whole."""
    found = []
    for key, value in values.items():
        path = f"{above}{key}"
        deeper = isinstance(value, dict) and value and key not in _WHOLE
        found += _paths(value, f"{path}.") if deeper else [path]
    return found


def test_a_place_to_run_can_be_chosen_for_one_service_or_for_all() -> None:  # 12
    anywhere = [{"key": "a", "operator": "Exists"}]

    one = rendered("--set-json", f"services.books.tolerations={as_json(anywhere)}")
    everywhere = rendered("--set-json", f"global.tolerations={as_json(anywhere)}")

    tolerant = [name_of(found) for found in of_kind(one, "Deployment") if "tolerations" in pod_of(found)["spec"]]
    assert tolerant == ["Deployment/library-books"]
    assert all("tolerations" in pod_of(found)["spec"] for found in of_kind(everywhere, "Deployment", "StatefulSet"))


def test_the_longest_name_of_a_release_gives_names_that_are_short_enough() -> None:
    for document in rendered("-f", ALL_ON, release="r" * 53):
        limit = 52 if document["kind"] == "CronJob" else 63
        assert len(document["metadata"]["name"]) <= limit, name_of(document)
