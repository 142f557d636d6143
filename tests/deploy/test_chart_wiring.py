"""What one object of the chart says of another is there: pods behind selectors, ports behind names, ways through."""

from typing import Any

import pytest

from tests.deploy.operators import ALL_ON, CHART, containers, name_of, of_kind, pod_of, pods, rendered

Documents = list[dict[str, Any]]
SERVICES = ("books", "members", "loans")
DATABASE, BROKER, HTTP, METRICS, BROKERS_METRICS = 5432, 5672, 8000, 9090, 15692
ENCRYPTED = CHART / "ci/encrypted-values.yaml"

NEEDED = [
    *((f"{service}{part}", f"{service}-db", DATABASE) for service in SERVICES for part in ("", "-relay")),
    ("loans-sweep", "loans-db", DATABASE),
    *((f"{service}-relay", "rabbitmq", BROKER) for service in SERVICES),
    ("loans", "books", HTTP),
    ("loans", "members", HTTP),
    ("books", "members", HTTP),
    ("members", "books", HTTP),
    ("members-relay", "books", HTTP),
    *(("smoke-test", service, HTTP) for service in SERVICES),
]
FORBIDDEN = [
    ("books", "members-db", DATABASE),
    ("members-relay", "loans-db", DATABASE),
    ("smoke-test", "books-db", DATABASE),
    ("books", "rabbitmq", BROKER),
    ("members", "loans", HTTP),
    ("books", "loans", HTTP),
    ("books", "books-relay", HTTP),
    ("books-relay", "members", HTTP),
    ("smoke-test", "books-relay", HTTP),
    ("loans", "books", METRICS),
    ("smoke-test", "books", METRICS),
    ("books-db", "members-db", DATABASE),
]


def selects(selector: dict[str, Any], labels: dict[str, str]) -> bool:
    """Say whether a selector of labels finds these."""
    expressions = selector.get("matchExpressions", [])
    assert {expression["operator"] for expression in expressions} <= {"In"}
    return selector.get("matchLabels", {}).items() <= labels.items() and all(
        labels.get(expression["key"]) in expression["values"] for expression in expressions
    )


def behind(selector: dict[str, Any], documents: Documents) -> dict[str, dict[str, Any]]:
    """Return the pods that a selector finds, by their workloads."""
    return {place: pod for place, pod in pods(documents) if selects(selector, pod["metadata"]["labels"])}


def ports_of(pod: dict[str, Any]) -> dict[str, int]:
    """Return the named ports of a pod's containers."""
    return {
        port["name"]: port["containerPort"]
        for container in pod["spec"]["containers"]
        for port in container.get("ports", [])
    }


def pods_by_component(documents: Documents) -> dict[str, dict[str, Any]]:
    """Return every pod by what it is in the library."""
    return {pod["metadata"]["labels"]["app.kubernetes.io/component"]: pod for _, pod in pods(documents)}


class Ways:
    """What the network policies let through, as a plugin that enforces them would judge it."""

    def __init__(self, documents: Documents) -> None:
        self._pods = pods_by_component(documents)
        self._policies = [found["spec"] for found in of_kind(documents, "NetworkPolicy")]

    def lead(self, source: str, target: str, port: int) -> bool:
        """Say whether a pod of `source` reaches that port of `target`: let out there, and let in here."""
        return self._lets("egress", "to", source, target, port) and self._lets("ingress", "from", target, source, port)

    def lets_in(self, peer: dict[str, Any], target: str, port: int) -> bool:
        """Say whether a policy names exactly this peer, or everybody, for that port of `target`."""
        return any(
            ("from" not in rule or peer in rule["from"]) and self._has(rule, target, port)
            for rule in self._rules("ingress", target)
        )

    def _lets(self, direction: str, side: str, own: str, other: str, port: int) -> bool:
        labels = self._pods[other]["metadata"]["labels"]
        target = other if direction == "egress" else own

        def names(peer: dict[str, Any]) -> bool:
            return peer.keys() == {"podSelector"} and selects(peer["podSelector"], labels)

        return any(
            (side not in rule or any(map(names, rule[side]))) and self._has(rule, target, port)
            for rule in self._rules(direction, own)
        )

    def _rules(self, direction: str, component: str) -> list[dict[str, Any]]:
        labels = self._pods[component]["metadata"]["labels"]
        mine = [policy for policy in self._policies if selects(policy["podSelector"], labels)]
        assert mine, f"no policy speaks of {component}"
        return [rule for policy in mine for rule in policy.get(direction, [])]

    def _has(self, rule: dict[str, Any], component: str, port: int) -> bool:
        named = ports_of(self._pods[component])
        return port in [named.get(allowed["port"], allowed["port"]) for allowed in rule["ports"]]


@pytest.fixture(scope="module")
def encrypted() -> Documents:
    return rendered("-f", ENCRYPTED)


@pytest.fixture(params=["plain", "all on", "encrypted"])
def documents(request: pytest.FixtureRequest, plain: Documents, all_on: Documents, encrypted: Documents) -> Documents:
    return {"plain": plain, "all on": all_on, "encrypted": encrypted}[request.param]


def test_every_service_has_one_kind_of_pod_behind_it_with_the_ports_that_it_names(documents: Documents) -> None:
    for service in of_kind(documents, "Service"):
        (pod,) = behind({"matchLabels": service["spec"]["selector"]}, documents).values()
        assert {port["targetPort"] for port in service["spec"]["ports"]} <= ports_of(pod).keys(), name_of(service)


def test_every_selector_finds_the_pods_of_its_own_workload_alone(documents: Documents) -> None:
    for workload in of_kind(documents, "Deployment", "StatefulSet"):
        assert behind(workload["spec"]["selector"], documents).keys() == {name_of(workload)}
    for budget in of_kind(documents, "PodDisruptionBudget"):
        assert behind(budget["spec"]["selector"], documents).keys() == {f"Deployment/{budget['metadata']['name']}"}


MADE_BY_OPERATORS = {("Secret", name) for name in ("rclone", "machines", "mail", "bounces", "push")}


def test_every_mount_has_its_volume_and_every_volume_its_source(documents: Documents) -> None:
    there = {(found["kind"], found["metadata"]["name"]) for found in documents}
    claimed = {
        name_of(found): {claim["metadata"]["name"] for claim in found["spec"].get("volumeClaimTemplates", [])}
        for found in of_kind(documents, "StatefulSet")
    }
    for place, pod in pods(documents):
        volumes = pod["spec"].get("volumes", [])
        names = {volume["name"] for volume in volumes} | claimed.get(place, set())
        mounted = {
            mount["name"]
            for container in [*pod["spec"].get("initContainers", []), *pod["spec"]["containers"]]
            for mount in container.get("volumeMounts", [])
        }
        assert mounted == names, place
        sources = {("ConfigMap", volume["configMap"]["name"]) for volume in volumes if "configMap" in volume}
        sources |= {("Secret", volume["secret"]["secretName"]) for volume in volumes if "secret" in volume}
        projected = [source for volume in volumes for source in volume.get("projected", {}).get("sources", [])]
        sources |= {("Secret", source["secret"]["name"]) for source in projected}
        assert sources - MADE_BY_OPERATORS <= there, place
        account = pod["spec"].get("serviceAccountName")
        assert account is None or ("ServiceAccount", account) in there, place


def test_every_probe_asks_a_port_that_its_container_has(documents: Documents) -> None:
    for place, container, _ in containers(documents):
        named = {port["name"] for port in container.get("ports", [])}
        for kind in ("startupProbe", "livenessProbe", "readinessProbe"):
            asked = container.get(kind, {}).get("httpGet") or container.get(kind, {}).get("tcpSocket")
            assert asked is None or asked["port"] in named, (place, kind)


def test_whoever_needs_another_reaches_it_and_nobody_else_does(documents: Documents) -> None:
    ways = Ways(documents)
    broker = ports_of(pods_by_component(documents)["rabbitmq"])["amqp"]

    def as_it_is(way: tuple[str, str, int]) -> tuple[str, str, int]:
        return (*way[:2], broker if way[2] == BROKER else way[2])

    assert [way for way in NEEDED if not ways.lead(*as_it_is(way))] == []
    assert [way for way in FORBIDDEN if ways.lead(*as_it_is(way))] == []


def of_namespace(name: str) -> dict[str, Any]:
    return {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": name}}}


@pytest.mark.parametrize(
    ("documents", "controller"), [("plain", "ingress-nginx"), ("all on", "ingress")], indirect=["documents"]
)
def test_from_outside_only_the_ingress_controller_comes_to_the_apis_and_monitoring_to_metrics(
    documents: Documents, controller: str
) -> None:
    ways = Ways(documents)
    edge, monitoring = of_namespace(controller), of_namespace("monitoring")
    processes = [f"{service}{part}" for service in SERVICES for part in ("", "-relay")]

    assert [one for one in processes if ways.lets_in(edge, one, HTTP)] == list(SERVICES)
    assert [one for one in processes if ways.lets_in(monitoring, one, METRICS)] == processes
    assert ways.lets_in(monitoring, "rabbitmq", BROKERS_METRICS)
    assert not [one for one in processes if ways.lets_in(monitoring, one, HTTP) or ways.lets_in(edge, one, METRICS)]
    for stranger in (of_namespace("elsewhere"), {}):
        assert not [one for one in processes for port in (HTTP, METRICS) if ways.lets_in(stranger, one, port)]


def test_others_come_in_by_name_alone_and_an_empty_list_is_nobody(all_on: Documents) -> None:
    office = {"ipBlock": {"cidr": "10.20.0.0/16"}}
    nobody = rendered(
        "--set-json", "networkPolicy.ingressController=[]", "--set-json", "networkPolicy.monitoringFrom=[]"
    )

    assert Ways(all_on).lets_in(office, "loans", HTTP)
    closed = [found for found in of_kind(nobody, "NetworkPolicy") if found["metadata"]["name"].endswith("-relay")]
    assert [found["spec"]["ingress"] for found in closed] == [[], [], []]
    for policy in of_kind(nobody, "NetworkPolicy"):
        peers = [peer for rule in policy["spec"].get("ingress", []) for peer in rule["from"]]
        assert all(peer.keys() == {"podSelector"} for peer in peers), name_of(policy)


def test_what_scrapes_finds_every_process_and_database_and_the_broker(all_on: Documents) -> None:
    monitors = {found["metadata"]["name"]: found["spec"] for found in of_kind(all_on, "PodMonitor")}
    (broker,) = of_kind(all_on, "ServiceMonitor")

    def scraped(monitor: dict[str, Any]) -> set[str]:
        return {
            component
            for component, pod in pods_by_component(all_on).items()
            if selects(monitor["selector"], pod["metadata"]["labels"])
            and {endpoint["port"] for endpoint in monitor["podMetricsEndpoints"]} <= ports_of(pod).keys()
        }

    processes = {f"{service}{part}" for service in SERVICES for part in ("", "-relay")}
    assert scraped(monitors["library"]) == {*processes, "sip2"}
    assert scraped(monitors["library-databases"]) == {f"{service}-db" for service in SERVICES}
    (service,) = [
        found
        for found in of_kind(all_on, "Service")
        if selects(broker["spec"]["selector"], found["metadata"]["labels"])
    ]
    assert {endpoint["port"] for endpoint in broker["spec"]["endpoints"]} <= {
        port["name"] for port in service["spec"]["ports"]
    }


def test_a_service_that_runs_elsewhere_leaves_nothing_here_and_the_others_must_be_told_where_it_is() -> None:
    where = "services.members.config.MEMBERS_BOOKS_URL=http://books.example"
    alone = rendered("--set", f"services.books.enabled=false,services.loans.enabled=false,{where}")

    components = pods_by_component(alone).keys()
    assert components == {"members", "members-relay", "members-db", "rabbitmq"}
    assert not [name_of(found) for found in alone if "books" in name_of(found) or "loans" in name_of(found)]


def test_a_pod_of_the_bundled_servers_may_write_where_its_image_writes(plain: Documents) -> None:
    writable = {
        "postgresql": {"/var/lib/postgresql", "/var/run/postgresql", "/tmp", "/dev/shm"},
        "rabbitmq": {"/var/lib/rabbitmq", "/var/lib/rabbitmq/mnesia", "/var/log/rabbitmq", "/tmp"},
    }
    for workload in of_kind(plain, "StatefulSet"):
        (container,) = pod_of(workload)["spec"]["containers"]
        mounts = {
            mount["mountPath"]
            for mount in container["volumeMounts"]
            if "subPath" not in mount and not mount.get("readOnly")
        }
        assert mounts == writable[container["name"]], name_of(workload)


def test_metrics_are_scraped_where_they_are_and_nowhere_else() -> None:
    documents = rendered("-f", ALL_ON, "--set", "metrics.port=9100")

    for deployment in of_kind(documents, "Deployment"):
        pod = pod_of(deployment)
        service = pod["metadata"]["labels"]["app.kubernetes.io/component"].removesuffix("-relay")
        if service == "desk":
            assert ports_of(pod) == {"http": HTTP}
            continue
        (config,) = [
            found["data"]
            for found in of_kind(documents, "ConfigMap")
            if found["metadata"]["name"] == f"library-{service}"
        ]
        assert config[f"{service.upper()}_METRICS_PORT"] == "9100", name_of(deployment)
        answers = {"sip2": 6001} if service == "sip2" else {"http": HTTP}
        assert ports_of(pod) == answers | {"metrics": 9100}, name_of(deployment)
        assert pod["metadata"]["annotations"]["prometheus.io/port"] == "9100", name_of(deployment)
    for monitor in of_kind(documents, "PodMonitor"):
        assert [endpoint["port"] for endpoint in monitor["spec"]["podMetricsEndpoints"]] == ["metrics"]
