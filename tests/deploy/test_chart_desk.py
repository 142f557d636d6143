"""The desk page in the chart: at `/` of the same host, alone on its own, and gone when nobody wants it."""

from typing import Any

import pytest

from tests.deploy.operators import ALL_ON, name_of, of_kind, pod_of, rendered

Documents = list[dict[str, Any]]
EDGE = ("--set", "ingress.enabled=true", "--set", "ingress.host=library.example")


def the_desk(documents: Documents, kind: str) -> dict[str, Any]:
    [found] = [each for each in of_kind(documents, kind) if name_of(each).endswith("-desk")]
    return found


def options(documents: Documents) -> dict[str, str]:
    [container] = pod_of(the_desk(documents, "Deployment"))["spec"]["containers"]
    return dict(each.removeprefix("--").split("=", 1) for each in container["args"][1:])


def test_the_desk_is_at_the_root_of_the_host_behind_the_three_services() -> None:
    [edge] = of_kind(rendered(*EDGE), "Ingress")

    [rule] = edge["spec"]["rules"]
    at = {path["path"]: path["backend"]["service"]["name"] for path in rule["http"]["paths"]}
    assert at["/"].endswith("-desk")
    assert set(at) == {"/", "/books", "/members", "/loans"}


def test_the_desk_is_behind_the_gateway_too(all_on: Documents) -> None:
    [route] = of_kind(all_on, "HTTPRoute")

    last = route["spec"]["rules"][-1]
    assert last["matches"] == [{"path": {"type": "PathPrefix", "value": "/"}}]
    assert last["backendRefs"][0]["name"].endswith("-desk")


@pytest.mark.parametrize(
    ("flags", "loans"),
    [
        ((), "http://localhost:8003/loans"),
        (EDGE, "/loans"),
        ((*EDGE, "--set", "services.loans.pathPrefix=/circulation"), "/circulation"),
    ],
    ids=["port-forward", "ingress", "another-prefix"],
)
def test_the_page_finds_the_services_where_a_browser_does(flags: tuple[str, ...], loans: str) -> None:
    assert options(rendered(*flags))["loans"] == loans


def test_the_page_may_call_the_services_by_port_forward(plain: Documents) -> None:
    configs = [
        each["data"]["CORS_ALLOW_ORIGINS"]
        for each in of_kind(plain, "ConfigMap")
        if "CORS_ALLOW_ORIGINS" in each["data"]
    ]

    assert len(configs) == 3
    assert all("http://localhost:8000" in origins.split(",") for origins in configs)


def test_people_come_back_to_the_pages_by_port_forward_and_to_no_origin_that_may_merely_call() -> None:
    def pages(*flags: str) -> list[str]:
        (members,) = [
            each["data"]["MEMBERS_PAGE_ORIGINS"]
            for each in of_kind(rendered(*flags), "ConfigMap")
            if "MEMBERS_PAGE_ORIGINS" in each["data"]
        ]
        return [*filter(None, members.split(","))]

    ports = [f"http://localhost:{port}" for port in (8001, 8002, 8003, 8000)]
    assert ports == pages() == pages("--set", "library.corsAllowOrigins={https://app.example}")
    assert [] == pages(*EDGE)


def test_a_node_that_is_drained_leaves_a_desk_behind(plain: Documents) -> None:
    budget = the_desk(plain, "PodDisruptionBudget")["spec"]

    assert the_desk(plain, "Deployment")["spec"]["replicas"] == 2
    assert budget["maxUnavailable"] == 1


def test_the_desk_holds_no_secret_and_reaches_nobody(plain: Documents) -> None:
    pod = pod_of(the_desk(plain, "Deployment"))["spec"]

    assert pod.get("volumes", []) == []
    assert not {"env", "envFrom"} & pod["containers"][0].keys()
    assert the_desk(plain, "NetworkPolicy")["spec"]["egress"] == []


def test_without_the_desk_nothing_answers_at_the_root() -> None:
    documents = rendered("-f", ALL_ON, "--set", "desk.enabled=false")

    assert not [each for each in documents if name_of(each).endswith("-desk")]
    [edge] = of_kind(documents, "Ingress")
    assert "/" not in {path["path"] for path in edge["spec"]["rules"][0]["http"]["paths"]}
