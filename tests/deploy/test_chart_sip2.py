"""SIP2 in the chart: off, and where it is on for the machines of one network alone, as a client of the services."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from loans_service.sip2.command import accounts_of
from loans_service.sip2.settings import Sip2Settings
from shared.configuration import environment_name, load
from tests.authority import Authority
from tests.deploy.operators import CHART, files_of, helm, name_of, of_kind, pod_of, refuses, rendered
from tests.deploy.test_chart_wiring import Ways

Documents = list[dict[str, Any]]
MACHINES = CHART / "ci/machines-values.yaml"
BRANCH = {"ipBlock": {"cidr": "10.30.0.0/24"}}
PORT, HTTP, DATABASE, METRICS = 6001, 8000, 5432, 9090
ACCOUNT = {"login": "hall", "secret": "s" * 20, "client_id": "hall", "client_secret": "c" * 32, "branch": "MAIN"}


@pytest.fixture(scope="module")
def documents() -> Documents:
    return rendered("-f", MACHINES)


def of_machines(documents: Documents, kind: str) -> dict[str, Any]:
    [found] = [each for each in of_kind(documents, kind) if name_of(each) == f"{kind}/library-sip2"]
    return found


def test_it_is_off_unless_somebody_wants_it(plain: Documents) -> None:
    assert not [name_of(each) for each in plain if name_of(each).endswith("sip2")]
    assert "sip2" not in str(of_kind(plain, "NetworkPolicy"))


def test_it_begins_with_what_it_is_given(documents: Documents, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    pod = pod_of(of_machines(documents, "Deployment"))["spec"]
    [container] = pod["containers"]
    environment: dict[str, str] = of_machines(documents, "ConfigMap")["data"]
    environment |= {each["name"]: each["value"].replace("/var/run/library", str(tmp_path)) for each in container["env"]}
    issued = Authority(tmp_path / "made").issue("sip2.example")
    mounted = {
        mount["name"]: mount["mountPath"].replace("/var/run/library", str(tmp_path))
        for mount in container["volumeMounts"]
    }
    for volume in pod["volumes"]:
        folder = Path(mounted[volume["name"]])
        folder.mkdir()
        for item in volume["secret"]["items"]:
            content = {
                "accounts.json": json.dumps([ACCOUNT]),
                "tls.crt": issued.certificate.read_text(),
                "tls.key": issued.key.read_text(),
                "ca.crt": (tmp_path / "made/ca.pem").read_text(),
            }[item["key"]]
            (folder / item["path"]).write_text(content)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    settings = load(Sip2Settings)

    assert environment.keys() <= {environment_name(name, field) for name, field in Sip2Settings.model_fields.items()}
    assert {"accounts.json", "tls.crt", "tls.key", "ca.crt"} == {key for _, key, _ in files_of(container, pod)}
    assert (settings.port, settings.metrics_port) == (PORT, METRICS)
    assert accounts_of(settings).find("hall") is not None
    assert settings.server_certificate() is not None
    assert ["https://library-books:8000", "https://library-members:8000", "https://library-loans:8000"] == [
        settings.books_url,
        settings.members_url,
        settings.loans_url,
    ]
    assert container["args"][:2] == ["loans_service", "sip2"]


def test_only_the_network_of_the_machines_comes_in_and_only_to_the_services_it_goes_out(documents: Documents) -> None:
    ways = Ways(documents)

    assert ways.lets_in(BRANCH, "sip2", PORT)
    assert not ways.lets_in({"namespaceSelector": {}}, "sip2", PORT)
    assert [service for service in ("books", "members", "loans") if not ways.lead("sip2", service, HTTP)] == []
    assert not [other for other in ("books-db", "members-db", "loans-db") if ways.lead("sip2", other, DATABASE)]
    assert not ways.lead("books", "sip2", PORT)


def test_without_a_network_nobody_comes_in() -> None:
    nobody = rendered("-f", MACHINES, "--set-json", "sip2.from=[]")

    (rule,) = of_machines(nobody, "NetworkPolicy")["spec"]["ingress"]
    assert [{"port": "metrics", "protocol": "TCP"}] == rule["ports"]


def test_without_a_certificate_it_is_plain_and_has_no_key() -> None:
    documents = rendered("--set", "sip2.enabled=true,sip2.accounts.existingSecret=machines")

    [container] = pod_of(of_machines(documents, "Deployment"))["spec"]["containers"]
    assert ["SIP2_ACCOUNTS_FILE"] == [each["name"] for each in container["env"]]
    assert of_machines(documents, "ConfigMap")["data"]["SIP2_LOANS_URL"] == "http://library-loans:8000"


def test_what_machines_are_answered_is_measured_by_who_may_read_metrics_alone(all_on: Documents) -> None:
    ways = Ways(all_on)
    monitoring = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}}
    pod = pod_of(of_machines(all_on, "Deployment"))
    monitors = {found["metadata"]["name"]: found["spec"] for found in of_kind(all_on, "PodMonitor")}

    assert ways.lets_in(monitoring, "sip2", METRICS)
    assert not ways.lets_in(BRANCH, "sip2", METRICS)
    (components,) = [each["values"] for each in monitors["library"]["selector"]["matchExpressions"]]
    assert "sip2" in components
    assert {"name": "metrics", "containerPort": METRICS} in pod["spec"]["containers"][0]["ports"]
    assert pod["metadata"]["annotations"]["prometheus.io/port"] == str(METRICS)


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ("sip2.enabled=true", "sip2.enabled needs sip2.accounts.existingSecret"),
        (
            "sip2.enabled=true,sip2.accounts.existingSecret=m,services.books.enabled=false",
            "sip2.enabled needs all three",
        ),
        (
            "sip2.enabled=true,sip2.accounts.existingSecret=m,metrics.port=6001",
            "metrics.port must be another than 6001",
        ),
        ("sip2.accounts=x", "schema"),
        ("sip2.from[0].cidr=10.0.0.0/8", "schema"),
        ("sip2.tls.enabled=true", "schema"),
    ],
)
def test_what_could_only_fail_later_is_refused(settings: str, sentence: str) -> None:
    assert sentence in refuses(helm(), "template", CHART, "--set", settings)


def test_a_machine_outside_the_cluster_reaches_it_by_a_load_balancer(documents: Documents) -> None:
    service = of_machines(documents, "Service")["spec"]

    assert ("LoadBalancer", [{"name": "sip2", "port": PORT, "targetPort": "sip2"}]) == (
        service["type"],
        service["ports"],
    )
    assert yaml.safe_load(MACHINES.read_text())["sip2"]["tls"]["existingSecret"]
