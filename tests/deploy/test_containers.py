"""The Dockerfile and the compose file, as their own programs read them."""

import json
from typing import Any

import pytest
import yaml

from shared.trusted import AllowedHosts, TrustedProxies
from tests.deploy.operators import ROOT, run, tool

DOCKERFILE = ROOT / "deploy/docker/Dockerfile"
COMPOSE = ROOT / "deploy/compose.yaml"


@pytest.fixture(scope="module")
def services() -> dict[str, dict[str, Any]]:
    """The services of the compose file, with every profile."""
    run(ROOT / "deploy/compose/secrets.sh")
    text = run("docker-compose", "-f", COMPOSE, "--profile", "observability", "config", "--format", "json")
    found: dict[str, dict[str, Any]] = json.loads(text)["services"]
    return found


def test_the_dockerfile_is_linted_and_runs_as_a_number_without_a_shell() -> None:  # 40
    run(tool("hadolint"), DOCKERFILE)
    lines = DOCKERFILE.read_text().splitlines()

    assert "USER 10001:10001" in lines
    assert [line for line in lines if line.startswith(("ENTRYPOINT", "CMD"))] == [
        'ENTRYPOINT ["python3", "-m"]',
        'CMD ["books_service", "serve", "--host", "0.0.0.0", "--port", "8000"]',
    ]


def test_every_wait_is_for_health_or_an_end_and_everything_has_a_health(
    services: dict[str, dict[str, Any]],
) -> None:  # 40
    for name, service in services.items():
        for other, wait in service.get("depends_on", {}).items():
            assert wait["condition"] != "service_started", f"{name} on {other}"
        assert "healthcheck" in service, name
        assert not [word for word in service["healthcheck"].get("test", []) if " " in word], name  # Podman cuts there


def test_only_the_gateway_can_be_reached_from_outside(services: dict[str, dict[str, Any]]) -> None:
    open_to_all = {
        name
        for name, service in services.items()
        for port in service.get("ports", [])
        if port.get("host_ip") != "127.0.0.1"
    }
    assert open_to_all == {"gateway"}


def test_prometheus_asks_every_process_at_its_port_for_measurements(services: dict[str, dict[str, Any]]) -> None:
    (library,) = [
        job
        for job in yaml.safe_load((ROOT / "deploy/observability/prometheus.yaml").read_text())["scrape_configs"]
        if job["job_name"] == "library"
    ]
    measured = {
        (name, int(port))
        for name, service in services.items()
        for setting, port in (service.get("environment") or {}).items()
        if setting.endswith("_METRICS_PORT") and service["command"][1] in {"serve", "relay"}
    }

    (asked,) = library["dns_sd_configs"]  # a name stands for all processes behind it

    assert {(name, asked["port"]) for name in asked["names"]} == measured
    assert asked["type"] == "A"
    assert len(measured) == 6
    assert {"target_label": "library", "replacement": "library"} in library["relabel_configs"]
    run("promtool", "check", "config", "--syntax-only", ROOT / "deploy/observability/prometheus.yaml")


def test_the_gateway_knows_which_port_of_it_is_open_to_the_outside() -> None:
    command = ("docker-compose", "-f", COMPOSE, "config", "--format", "json")
    gateway = json.loads(run(*command, HTTPS_PORT="8443", HTTP_PORT="8080"))["services"]["gateway"]

    assert {port["target"]: port["published"] for port in gateway["ports"]} == {80: "8080", 443: "8443"}
    assert gateway["environment"]["HTTPS_PORT"] == "8443"
    assert "HTTP_PORT" not in gateway["environment"]  # inside it stays 80


@pytest.mark.parametrize(
    ("address", "host"),
    [
        ("", "localhost:8443"),
        ("https://library.example", "library.example"),
        ("https://library.example, https://www.library.example:443", "www.library.example"),
        ("library.example", "LIBRARY.example"),
    ],
)
def test_each_service_is_called_by_the_name_of_the_gateway_and_by_its_own_and_believes_the_gateway_alone(
    address: str, host: str
) -> None:
    command = ("docker-compose", "-f", COMPOSE, "config", "--format", "json")
    services = json.loads(run(*command, LIBRARY_ADDRESS=address))["services"]

    for name in ("books", "members", "loans"):
        environment = services[name]["environment"]
        hosts = AllowedHosts.read(environment[f"{name.upper()}_ALLOWED_HOSTS"])
        asked = (host.encode(), f"{name}:8000".encode(), b"evil.example")
        assert [hosts.admit(one) for one in asked] == [True, True, False]
        assert TrustedProxies.read(environment["TRUSTED_PROXIES"]) == TrustedProxies(hops=1)
        assert "FORWARDED_ALLOW_IPS" not in environment


def test_everything_has_a_limit_and_ours_cannot_write_or_gain_rights(services: dict[str, dict[str, Any]]) -> None:
    for name, service in services.items():
        assert service["deploy"]["resources"]["limits"]["memory"], name
        if name.split("-")[0] in ("books", "members", "loans"):
            assert service["read_only"], name
            assert service["cap_drop"] == ["ALL"], name
            assert service["security_opt"] == ["no-new-privileges:true"], name


def test_no_secret_stands_in_the_file_or_in_the_environment(services: dict[str, dict[str, Any]]) -> None:
    secrets = {path.read_text().strip() for path in (ROOT / "deploy/compose/secrets").iterdir()}

    assert len(secrets) >= 9
    assert not [secret for secret in secrets if secret in json.dumps(services) + COMPOSE.read_text()]


def test_making_the_secrets_twice_changes_none() -> None:
    folder = ROOT / "deploy/compose/secrets"
    run(ROOT / "deploy/compose/secrets.sh")
    before = {path.name: path.read_bytes() for path in folder.iterdir()}

    run(ROOT / "deploy/compose/secrets.sh")

    assert before == {path.name: path.read_bytes() for path in folder.iterdir()}
    assert folder.stat().st_mode & 0o777 == 0o700
