"""What the gateway is told: where encryption is found, and how long it waits."""

import json

import httpx
import pytest

from shared.web.edge.deadlines import DeadlineProtocol
from shared.web.uploads import MOST_BYTES
from tests.deploy.gated import ROOT, Caddy
from tests.deploy.operators import run


@pytest.mark.parametrize(("web", "address"), [(443, "https://localhost"), (8443, "https://localhost:8443")])
def test_the_way_to_encryption_leads_to_the_port_that_is_open_to_the_outside(web: int, address: str) -> None:
    gateway = Caddy({}, web)
    gateway.start()
    try:
        plain = httpx.get(f"{gateway.http}/books/docs?page=1", trust_env=False)
    finally:
        gateway.close()

    assert (plain.status_code, plain.headers["location"]) == (308, f"{address}/books/docs?page=1")


def test_the_gateway_waits_for_heads_and_bodies_but_not_for_ever() -> None:
    text = run("caddy", "adapt", "--config", ROOT / "deploy/gateway/Caddyfile", "--adapter", "caddyfile")
    config, _ = json.JSONDecoder().raw_decode(text)
    servers = config["apps"]["http"]["servers"].values()
    longest_import = MOST_BYTES / DeadlineProtocol.body_rate + DeadlineProtocol.body_seconds

    assert {server["read_header_timeout"] for server in servers} == {10 * 10**9}
    assert {server["idle_timeout"] for server in servers} == {120 * 10**9}
    for server in servers:
        assert longest_import < server["read_timeout"] / 10**9 < 1.5 * longest_import
