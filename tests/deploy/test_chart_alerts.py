"""What the chart makes of the alerts: those of one release, with its own objectives, about what it runs."""

import re
from pathlib import Path

import pytest
import yaml

from shared import metrics
from tests.deploy.operators import ALL_ON, CHART, helm, of_kind, refuses, rendered, run
from tests.deploy.test_alerts import ABSENCE

OBJECTIVES = "metrics.prometheusRule.objectives"


def rules_of(*settings: str) -> dict[str, str]:
    """Return the expressions of a release's alerts."""
    (made,) = of_kind(rendered("--set", "metrics.prometheusRule.enabled=true", *settings), "PrometheusRule")
    return {
        rule["alert"]: rule["expr"] for group in made["spec"]["groups"] for rule in group["rules"] if "alert" in rule
    }


def missed(expression: str) -> list[str]:
    """Return whose absence an expression tells of."""
    return re.findall(r'absent\(\w+{library="library/library",service="(\w+)"}\)', expression)


def test_nobody_is_told_that_a_service_is_missing_which_the_release_does_not_run() -> None:
    where = ("loans.config.LOANS_BOOKS_URL=http://b.example", "members.config.MEMBERS_BOOKS_URL=http://b.example")
    elsewhere = rules_of("--set", ",".join(f"services.{each}" for each in ("books.enabled=false", *where)))
    no_relay = rules_of("--set", "services.loans.relay.replicas=0")
    stopped = rules_of("--set", "serviceDefaults.replicas=0,serviceDefaults.relay.replicas=0")

    assert missed(elsewhere["LibraryServiceMissing"]) == missed(elsewhere["LibraryOutboxUnmeasured"])
    assert missed(elsewhere["LibraryServiceMissing"]) == ["members", "loans"]
    assert missed(no_relay["LibraryServiceMissing"]) == ["books", "members", "loans"]
    assert missed(no_relay["LibraryOutboxUnmeasured"]) == ["books", "members"]
    assert not stopped.keys() & ABSENCE


def test_the_alerts_on_pods_and_volumes_see_those_of_machines_and_backups() -> None:
    usual = rules_of()
    own = rules_of("--set", "backup.persistence.existingClaim=dumps")

    assert "desk|sip2).*" in usual["LibraryCrashLoop"]
    assert "|sip2|" in usual["LibraryMemoryHigh"]
    assert 'persistentvolumeclaim=~"data-library-.+|library-backup"' in usual["LibraryVolumeFills"]
    assert 'persistentvolumeclaim=~"data-library-.+|dumps"' in own["LibraryVolumeFills"]


def test_the_chart_fills_in_the_objectives_and_the_runbooks(tmp_path: Path) -> None:  # 39
    rules = "metrics.prometheusRule"
    chosen = f'{rules}={{"enabled":true,"runbookUrl":"https://w.example/r","objectives":{{"availability":0.99,"latencySeconds":1}}}}'
    (made,) = of_kind(rendered("-f", ALL_ON, "--set-json", chosen), "PrometheusRule")
    file = tmp_path / "rules.yaml"
    file.write_text(yaml.safe_dump(made["spec"]))

    run("promtool", "check", "rules", file)

    text = file.read_text()
    assert "docs/runbooks.md" not in text
    assert "https://w.example/r#librarytargetdown" in text
    assert "14.4 * 0.01" in text
    assert 'le=\\"1.0\\"' in text


@pytest.mark.parametrize("seconds", ["0.005", "0.25", "1", "2.5", "10"])
def test_what_counts_as_fast_is_a_bound_by_the_name_that_the_services_give_it(seconds: str) -> None:
    metrics.http_requests.labels("loans", "GET", "/v1/loans", "200").observe(0.1)
    given = set(re.findall(r'http_server_request_duration_seconds_bucket{.*le="([^"]+)"', metrics.render().decode()))

    on = ("--set", "metrics.prometheusRule.enabled=true")
    rules = rendered(*on, "--set-json", f"{OBJECTIVES}.latencySeconds={seconds}")

    (made,) = of_kind(rules, "PrometheusRule")
    (bound,) = set(re.findall(r'le="([^"]+)"', " ".join(rule["expr"] for rule in made["spec"]["groups"][0]["rules"])))
    assert bound in given
    assert float(bound) == float(seconds)


def test_a_bound_that_no_service_tells_of_is_refused() -> None:
    refusal = refuses(helm(), "template", CHART, "--set-json", f"{OBJECTIVES}.latencySeconds=0.3")

    assert "latencySeconds" in refusal
