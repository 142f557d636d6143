"""A release of one service, beside others that run elsewhere: a second one of books, say, that reads from a replica."""

from pathlib import Path
from typing import Any

import pytest

from tests.deploy.operators import name_of, of_kind, pods, rendered

READS_ALONE = """
postgresql: {enabled: false}
rabbitmq: {enabled: false}
externalRabbitmq: {host: library-rabbitmq}
services:
  members: {enabled: false}
  loans: {enabled: false}
  books:
    relay: {replicas: 0}
    database: {host: replica.example, existingSecret: replica}
    config: {AUTH_JWKS_URL: "%s/.well-known/jwks.json"}
"""


@pytest.mark.parametrize(
    ("members", "port"),
    [("http://library-members:8000", 8000), ("https://library.example/members", 443), ("http://members.example", 80)],
)
def test_a_release_of_one_service_may_reach_what_runs_elsewhere_and_needs_no_broker(
    members: str, port: int, tmp_path: Path
) -> None:
    values = tmp_path / "values.yaml"
    values.write_text(READS_ALONE % members)
    alone = rendered("-f", values)

    policies = {name_of(policy): policy["spec"]["egress"] for policy in of_kind(alone, "NetworkPolicy")}
    assert {"ports": [{"port": port, "protocol": "TCP"}]} in policies["NetworkPolicy/library-books"]
    assert [place for place, _ in pods(alone)] == ["Deployment/library-books", "Deployment/library-books-relay"]
    secrets = [source["secret"]["name"] for _, pod in pods(alone) for source in sources_of(pod["spec"])]
    assert set(secrets) == {"replica"}


def sources_of(pod: dict[str, Any]) -> list[dict[str, Any]]:
    return [source for volume in pod["volumes"] for source in volume.get("projected", {}).get("sources", [])]
