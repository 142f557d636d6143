"""Each alert, told by Prometheus' own rule tester of a trouble that it is for, and of a day on which it is silent."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.deploy.operators import CHART, ROOT, of_kind, rendered, run

RULES = CHART / "alerts/library.yaml"
HTTP = (
    'http_server_request_duration_seconds_count{service="loans",http_route="/v1/loans",http_response_status_code="%s"}'
)
FAST = (
    'http_server_request_duration_seconds_bucket{service="loans",http_route="/v1/loans",'
    'http_response_status_code="201",le="0.5"}'
)
WAITS = 'db_client_connection_wait_time_seconds_bucket{service="loans",le="%s"}'
READY = 'rabbitmq_detailed_queue_messages_ready{queue="%s"}'
NOTICES = 'notice_messages{service="members",state="%s"}'
READERS = 'rabbitmq_detailed_queue_consumers{queue="books.circulation"}'
POD = 'namespace="city",pod="library-loans-5d8f-x2x9z"'
WORKING_SET = f'container_memory_working_set_bytes{{{POD},container="%s"}}'
LIMIT = f'kube_pod_container_resource_limits{{{POD},container="%s",resource="memory"}}'
MIGRATED = f'kube_pod_init_container_status_ready{{{POD},container="migrate"}}'
RESTARTS_FIRST = f'kube_pod_init_container_status_restarts_total{{{POD},container="migrate"}}'
PODS = 'kube_deployment_%s{namespace="city",deployment="library-loans-relay"}'
STANDS_STILL = (PODS % "status_condition").replace("}", ',condition="Progressing",status="false"}')
SWEPT = 'kube_cronjob_status_last_successful_time{namespace="city",cronjob="library-loans-sweep"}'
SWEEP_MADE = 'kube_cronjob_created{namespace="city",cronjob="library-loans-sweep"}'
READY_REPLICAS = 'kube_statefulset_status_replicas_ready{namespace="city",statefulset="library-loans-db"}'
REPLICAS = 'kube_statefulset_replicas{namespace="city",statefulset="library-loans-db"}'
DUMP_FAILED = 'kube_job_failed{namespace="city",job_name="library-loans-backup-%s",condition="true"}'
DUMP_MADE = 'kube_cronjob_status_last_successful_time{namespace="city",cronjob="library-loans-backup"}'
VOLUME = 'kubelet_volume_stats_%s_bytes{namespace="city",persistentvolumeclaim="data-library-loans-db-0"}'
BACKENDS = 'pg_stat_database_numbackends{instance="a",datname="%s"}'
MOST = 'pg_settings_max_connections{instance="a"}'

OURS = "city/library"  # how whoever scrapes names the library whose alerts are tried

# alert: ({series: values} of the trouble, minutes until it is told), ({series: values} of a day without it)
TROUBLES: dict[str, tuple[dict[str, str], int, dict[str, str]]] = {
    "LibraryAvailabilityBurnsFast": (
        {HTTP % 201: "0+90x120", HTTP % 500: "0+10x120"},
        90,
        {HTTP % 201: "0+100x120", HTTP % 500: "0+0x120"},
    ),
    "LibraryAvailabilityBurnsSlow": (
        {HTTP % 201: "0+990x500", HTTP % 503: "0+10x500"},
        450,
        {HTTP % 201: "0+1000x500", HTTP % 409: "0+500x500"},
    ),
    "LibraryAvailabilityBurnsCreeping": (
        {HTTP % 201: "0+995x1700", HTTP % 500: "0+5x1700"},
        1642,
        {HTTP % 201: "0+1000x1700"},
    ),
    "LibraryLatencyBurnsFast": (
        {HTTP % 201: "0+100x120", FAST: "0+50x120"},
        90,
        {HTTP % 201: "0+100x120", FAST: "0+100x120"},
    ),
    "LibraryLatencyBurnsSlow": (
        {HTTP % 201: "0+100x500", FAST: "0+90x500"},
        450,
        {HTTP % 201: "0+0.5x500", FAST: "0+0x500"},
    ),
    "LibraryLatencyBurnsCreeping": (
        {HTTP % 201: "0+100x1700", FAST: "0+95x1700"},
        1642,
        {HTTP % 201: "0+1000x1700", FAST: "0+998x1700"},
    ),
    "LibraryOutboxStalled": (
        {'outbox_oldest_age_seconds{service="loans"}': "0+60x30"},
        20,
        {'outbox_oldest_age_seconds{service="loans"}': "2x30"},
    ),
    "LibraryOutboxGrows": (
        {'outbox_depth{service="loans"}': "1000+50x60"},
        40,
        {'outbox_depth{service="loans"}': "4000-50x60"},
    ),
    "LibraryOutboxUnmeasured": (
        {f'outbox_depth{{service="{service}"}}': "0x30" for service in ("books", "members")},
        20,
        {f'outbox_depth{{service="{service}"}}': "0x30" for service in ("books", "members", "loans")},
    ),
    "LibraryEventUnroutable": (
        {'outbox_unrouted_total{service="loans",type="loans.copy.availability_changed"}': "0+1x30"},
        20,
        {'outbox_unrouted_total{service="loans",type="loans.loan.renewed"}': "0+1x30"},
    ),
    "LibraryEventsFail": (
        {'inbox_messages_total{listener="books.circulation",outcome="failed"}': "0+1x30"},
        20,
        {'inbox_messages_total{listener="books.circulation",outcome="done"}': "0+9x30"},
    ),
    "LibraryNoticesStalled": (
        {"notices_oldest_age_seconds": "0+60x200"},
        140,
        {"notices_oldest_age_seconds": "0x200", NOTICES % "ready": "90x200"},
    ),
    "LibraryNoticesUncertain": ({NOTICES % "uncertain": "0x10 2x100"}, 75, {NOTICES % "uncertain": "0x100"}),
    "LibraryNoticesBounce": ({NOTICES % "bounced": "0x10 30x100"}, 20, {NOTICES % "bounced": "0x10 5x100"}),
    "LibraryDeadLetters": ({READY % "books.circulation.dead": "1x30"}, 15, {READY % "books.circulation": "9x30"}),
    "LibraryQueueWithoutConsumer": (
        {READY % "books.circulation": "5x30", READERS: "0x30"},
        10,
        {READY % "books.circulation": "5x30", READERS: "1x30"},
    ),
    "LibraryBrokerAlarm": (
        {"rabbitmq_alarms_memory_used_watermark": "1x10"},
        5,
        {"rabbitmq_alarms_memory_used_watermark": "0x10"},
    ),
    "LibraryTargetDown": (
        {'up{job="library/library-books",instance="a"}': "0x15"},
        10,
        {'up{job="library/library-books",instance="a"}': "1x15"},
    ),
    "LibraryNeighbourAway": (
        {'neighbour_breaker_state{service="loans",neighbour="books"}': "2 1 2 1 2 1 2 1 2 1"},
        5,
        {'neighbour_breaker_state{service="loans",neighbour="books"}': "2 0 0 0 2 0 0 0 2 0"},
    ),
    "LibraryPoolExhausted": (
        {WAITS % "0.5": "0+1x30", WAITS % "1": "0+50x30", WAITS % "+Inf": "0+50x30"},
        20,
        {WAITS % "0.5": "0+50x30", WAITS % "+Inf": "0+50x30"},
    ),
    "LibraryTasksRestart": (
        {'background_task_restarts_total{service="loans",task="relay"}': "0+1x30"},
        20,
        {'background_task_restarts_total{service="loans",task="relay"}': "1x30"},
    ),
    "LibraryMemoryHigh": (
        {WORKING_SET % "api": "500000000x30", LIMIT % "api": "536870912x30"},
        20,
        {WORKING_SET % "api": "120000000x30", LIMIT % "api": "536870912x30"},
    ),
    "LibraryServiceMissing": (
        {f'db_client_connection_max{{service="{service}"}}': "10x30" for service in ("books", "loans")},
        15,
        {f'db_client_connection_max{{service="{service}"}}': "10x30" for service in ("books", "members", "loans")},
    ),
    "LibraryCrashLoop": (
        {f"kube_pod_container_status_restarts_total{{{POD}}}": "0+1x30"},
        20,
        {f"kube_pod_container_status_restarts_total{{{POD}}}": "7 _ " * 5 + "8 _ " + "9 _ " * 12},  # twice
    ),
    "LibraryServerDown": (
        {READY_REPLICAS: "0x30", REPLICAS: "1x30"},
        10,
        {READY_REPLICAS: "1x30", REPLICAS: "1x30"},
    ),
    "LibraryVolumeFills": (
        {VOLUME % "available": "100x30", VOLUME % "capacity": "1000x30"},
        20,
        {VOLUME % "available": "400x30", VOLUME % "capacity": "1000x30"},
    ),
    "LibraryDatabaseSilent": ({'pg_up{instance="a"}': "0x30"}, 10, {'pg_up{instance="a"}': "1x30"}),
    "LibraryConnectionsShort": (
        {BACKENDS % "loans": "180x30", BACKENDS % "postgres": "5x30", MOST: "200x30"},
        20,
        {BACKENDS % "loans": "100x30", BACKENDS % "postgres": "5x30", MOST: "200x30"},
    ),
    "LibraryMigrationStuck": ({MIGRATED: "0x30"}, 15, {MIGRATED: "0 0 0 1x27"}),
    "LibraryPodsMissing": (
        {PODS % "status_replicas_available": "1x30", PODS % "spec_replicas": "2x30"},
        20,
        {PODS % "status_replicas_available": "2x30", PODS % "spec_replicas": "2x30", STANDS_STILL: "0x30"},
    ),
    "LibrarySweepMissed": (
        {SWEPT: "0x3200"},
        3102,
        {SWEPT: "0+60x3200", SWEEP_MADE: "0x3200"},
    ),
    "LibraryBackupMissed": (
        {DUMP_FAILED % 29412345: "1x30", DUMP_MADE: "0+60x30"},
        10,
        {'kube_job_failed{namespace="city",job_name="library-loans-sweep-29412345",condition="true"}': "1x30"},
    ),
}

# Further troubles that some alerts are for.
MORE: tuple[tuple[str, dict[str, str], int], ...] = (
    ("LibraryOutboxGrows", {'outbox_depth{service="loans"}': "100000x60"}, 40),  # more are not counted
    ("LibraryCrashLoop", {RESTARTS_FIRST: "0+1x30"}, 20),
    ("LibraryPodsMissing", {STANDS_STILL: "1x30"}, 20),
    ("LibrarySweepMissed", {SWEEP_MADE: "0x3200"}, 3102),
    ("LibraryNoticesStalled", {NOTICES % "ready": "50+1x200"}, 150),
)


def alerts() -> dict[str, dict[str, dict[str, str]]]:
    found = yaml.safe_load(RULES.read_text())["groups"]
    return {rule["alert"]: rule for group in found for rule in group["rules"] if "alert" in rule}


def scraped(series: str, library: str | None) -> str:
    """Return a series as Prometheus keeps it: those of a library's processes carry its name, a stranger's nobody's."""
    if "namespace=" in series:
        return series if library == OURS else series.replace('namespace="city"', 'namespace="elsewhere"')
    if library is None:
        return series
    name, _, labels = series.partition("{")
    return f'{name}{{library="{library}",{labels or "}"}'.replace(",}", "}")


def question(
    alert: str, series: dict[str, str], minutes: int, *, fires: bool, library: str | None = OURS
) -> dict[str, object]:
    """Return what promtool is asked: does the alert fire after `minutes` of these series?"""
    asked = {
        "expr": f'(count(ALERTS{{alertname="{alert}",alertstate="firing"}}) > bool 0) or vector(0)',
        "eval_time": f"{minutes}m",
        "exp_samples": [{"labels": "{}", "value": int(fires)}],
    }
    return {
        "name": f"{alert} {'fires' if fires else 'is silent'}",
        "interval": "1m",
        "input_series": [{"series": scraped(name, library), "values": values} for name, values in series.items()],
        "promql_expr_test": [asked],
    }


def needed_for(alert: str, groups: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the groups with no more than the alert and what is recorded for it: all others only cost time."""
    rules = [rule for group in groups for rule in group["rules"]]
    needed = [rule for rule in rules if rule.get("alert") == alert]
    for rule in needed:  # grows on the way
        needed += [other for other in rules if other.get("record", alert) in rule["expr"] and other not in needed]
    found = [group | {"rules": [rule for rule in group["rules"] if rule in needed]} for group in groups]
    return [group for group in found if group["rules"]]


def ask(rules: Path, tests: Mapping[str, Sequence[dict[str, object]]], interval: str, folder: Path) -> None:
    """Let promtool answer the questions about each alert."""
    groups = yaml.safe_load(rules.read_text())["groups"]
    files = []
    for alert, asked in tests.items():
        some, file = folder / f"{alert}-rules.yaml", folder / f"{alert}.yaml"
        found = needed_for(alert, groups)
        some.write_text(yaml.safe_dump({"groups": found}))
        # What is recorded comes before the alerts that look at it.
        how = {"group_eval_order": [group["name"] for group in found], "evaluation_interval": interval}
        file.write_text(yaml.safe_dump(how | {"rule_files": [str(some)], "tests": list(asked)}))
        files.append(file)
    run("promtool", "test", "rules", *files)


def test_every_alert_is_tried() -> None:
    assert alerts().keys() == TROUBLES.keys()


@pytest.mark.parametrize(("interval", "longest"), [("1m", 400), ("10m", 10_000)], ids=["hours", "days"])
def test_an_alert_tells_of_its_trouble_and_of_nothing_else(interval: str, longest: int, tmp_path: Path) -> None:
    tried = {
        alert: case for alert, case in TROUBLES.items() if longest > case[1] and (case[1] > 400) == (longest > 400)
    }
    tests = {
        alert: [question(alert, trouble, minutes, fires=True), question(alert, quiet, minutes, fires=False)]
        for alert, (trouble, minutes, quiet) in tried.items()
    }

    ask(RULES, tests, interval, tmp_path)


def test_some_alerts_tell_of_more_than_one_trouble(tmp_path: Path) -> None:
    for alert, trouble, minutes in MORE:
        ask(RULES, {alert: [question(alert, trouble, minutes, fires=True)]}, "1m", tmp_path)


ABSENCE = {"LibraryOutboxUnmeasured", "LibraryServiceMissing"}
"""Told of what is not there: by another library's processes as little as by a stranger's."""


@pytest.mark.parametrize(("interval", "longest"), [("1m", 400), ("10m", 10_000)], ids=["hours", "days"])
def test_the_alerts_of_a_release_are_about_its_own_processes_alone(interval: str, longest: int, tmp_path: Path) -> None:
    settings = ("--namespace", "city", "--set", "metrics.prometheusRule.enabled=true")
    (made,) = of_kind(rendered(*settings), "PrometheusRule")
    rules = tmp_path / "rules.yaml"
    rules.write_text(yaml.safe_dump(made["spec"]))
    tests: dict[str, list[dict[str, object]]] = {}
    for alert, (trouble, minutes, quiet) in TROUBLES.items():
        if (minutes > 400) != (longest > 400):
            continue
        tests[alert] = [question(alert, trouble, minutes, fires=True)]
        for other in ("elsewhere/library", None):
            if alert in ABSENCE:
                tests[alert].append(question(alert, quiet, minutes, fires=True, library=other))
            else:
                tests[alert].append(question(alert, trouble, minutes, fires=False, library=other))

    ask(rules, tests, interval, tmp_path)


def test_every_alert_says_how_urgent_it_is_and_what_to_do() -> None:  # 39
    runbook = (ROOT / "docs/runbooks.md").read_text().lower()
    for name, rule in alerts().items():
        assert rule["labels"]["severity"] in {"page", "ticket"}, name
        assert {"summary", "description"} <= rule["annotations"].keys(), name
        assert rule["annotations"]["runbook"] == f"docs/runbooks.md#{name.lower()}"  # compose takes the file as it is
        assert f"### {name.lower()}\n" in runbook, name
