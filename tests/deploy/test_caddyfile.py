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


@pytest.mark.parametrize(
    ("host", "to"),
    [
        ("library.test", "https://library.test/books/docs"),
        ("north.branches.test:8080", "https://north.branches.test/books/docs"),
        ("evil.example", None),
        ("evil.example:443", None),
        ("library.test.evil.example", None),
        ("branches.test", None),
        ("evil@library.test", None),
        ("a.b.branches.test", None),
        (".*", None),
    ],
)
def test_nobody_is_sent_to_a_name_that_is_not_the_librarys(host: str, to: str | None) -> None:
    gateway = Caddy({}, 443)
    gateway.environment["LIBRARY_ADDRESS"] += ", https://*.branches.test"
    gateway.start()
    try:
        plain = httpx.get(f"{gateway.http}/books/docs", headers={"Host": host}, trust_env=False)
    finally:
        gateway.close()

    assert plain.headers.get("location") == to
    assert plain.status_code == 308 if to else plain.status_code in {400, 403}


def test_the_gateway_waits_for_heads_and_bodies_but_not_for_ever() -> None:
    text = run("caddy", "adapt", "--config", ROOT / "deploy/gateway/Caddyfile", "--adapter", "caddyfile")
    config, _ = json.JSONDecoder().raw_decode(text)
    servers = config["apps"]["http"]["servers"].values()
    longest_import = MOST_BYTES / DeadlineProtocol.body_rate + DeadlineProtocol.body_seconds

    assert {server["read_header_timeout"] for server in servers} == {10 * 10**9}
    assert {server["idle_timeout"] for server in servers} == {120 * 10**9}
    for server in servers:
        assert longest_import < server["read_timeout"] / 10**9 < 1.5 * longest_import
