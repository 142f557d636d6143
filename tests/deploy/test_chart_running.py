"""How the pods of the chart start, roll, scale, stop, and keep what they know."""

import re
from typing import Any

import pytest
import yaml

from tests.deploy.operators import (
    ALL_ON,
    CHART,
    containers,
    files_of,
    helm,
    name_of,
    of_kind,
    of_services,
    pod_of,
    refuses,
    rendered,
    template,
)

Documents = list[dict[str, Any]]
BY_URI_BUT_FOR_ITS_OWNER = ("existingSecret=x", "secretKeys.uri=uri", "owner.existingSecret=y")


def test_everything_asks_for_what_it_needs_and_has_a_limit_of_memory_alone(all_on: Documents) -> None:  # 19
    for place, container, _ in containers(all_on):
        resources = container["resources"]
        assert {"cpu", "memory"} <= resources["requests"].keys(), place
        assert resources["limits"].keys() == {"memory"}, place


def test_every_process_has_three_probes_and_two_of_them_ask_different_things(plain: Documents) -> None:  # 20
    for deployment in of_kind(plain, "Deployment"):
        for container in pod_of(deployment)["spec"]["containers"]:
            probes = [container[f"{kind}Probe"]["httpGet"]["path"] for kind in ("startup", "liveness", "readiness")]
            assert probes == ["/health/live", "/health/live", "/health/ready"], name_of(deployment)


def test_a_pod_has_the_time_that_its_process_takes_to_end(plain: Documents) -> None:  # 21
    for deployment in of_kind(plain, "Deployment"):
        pod = pod_of(deployment)["spec"]
        for container in pod["containers"]:
            arguments = " ".join(container["args"]).replace("=", " ").split()
            grace = float(arguments[arguments.index("--timeout-graceful-shutdown") + 1])
            sleep = container["lifecycle"]["preStop"]["sleep"]["seconds"]
            assert pod["terminationGracePeriodSeconds"] > sleep + grace, name_of(deployment)


def test_who_wants_no_sleep_before_the_end_gets_none() -> None:  # of no seconds: before 1.32 Kubernetes refuses that
    settings = "serviceDefaults.preStopSleepSeconds=0,sip2.enabled=true,sip2.accounts.existingSecret=x"
    pods = [pod_of(found) for found in of_kind(rendered("--set", settings), "Deployment")]

    assert {"lifecycle" in container for pod in pods for container in pod["spec"]["containers"]} == {False}


def test_a_grace_that_is_too_short_is_refused() -> None:
    refusal = refuses(helm(), "template", CHART, "--set", "services.books.gracefulTimeoutSeconds=40")

    assert "terminationGracePeriodSeconds must be more than" in refusal


def test_a_rollout_never_has_fewer_than_wanted_and_replicas_spread(plain: Documents) -> None:  # 22
    for deployment in of_kind(plain, "Deployment"):
        assert deployment["spec"]["strategy"]["rollingUpdate"]["maxUnavailable"] == 0, name_of(deployment)
        assert pod_of(deployment)["spec"]["topologySpreadConstraints"], name_of(deployment)


def test_where_something_scales_the_deployment_claims_no_number(all_on: Documents) -> None:  # 23
    assert not [name_of(found) for found in of_services(all_on) if "replicas" in found["spec"]]
    scaled = {found["spec"]["scaleTargetRef"]["name"] for found in of_kind(all_on, "HorizontalPodAutoscaler")}
    assert scaled == {found["metadata"]["name"] for found in of_services(all_on)}
    assert {found["apiVersion"] for found in of_kind(all_on, "HorizontalPodAutoscaler")} == {"autoscaling/v2"}


def test_a_budget_never_blocks_a_drain() -> None:  # 24
    budgets = of_kind(rendered("--set", "services.books.replicas=1"), "PodDisruptionBudget")

    assert "library-books" not in {found["metadata"]["name"] for found in budgets}
    assert all("minAvailable" not in found["spec"] for found in budgets)


def test_a_job_cannot_overlap_pile_up_or_run_for_ever(plain: Documents) -> None:  # 25
    for job in of_kind(plain, "CronJob"):
        spec = job["spec"]
        assert spec["concurrencyPolicy"] == "Forbid"
        assert {"timeZone", "startingDeadlineSeconds", "successfulJobsHistoryLimit"} <= spec.keys()
        assert {"failedJobsHistoryLimit"} <= spec.keys()
        assert {"backoffLimit", "activeDeadlineSeconds"} <= spec["jobTemplate"]["spec"].keys()


def test_the_only_hook_is_the_test(all_on: Documents) -> None:  # 26
    hooks = {found["metadata"].get("annotations", {}).get("helm.sh/hook", "test") for found in all_on}

    assert hooks == {"test"}


def test_the_apis_pods_migrate_their_schema_with_the_image_that_they_run_and_relays_wait_for_it(
    plain: Documents,
) -> None:  # 27
    for deployment in of_services(plain):
        pod = pod_of(deployment)["spec"]
        (first,) = pod["initContainers"]
        relay = deployment["metadata"]["name"].endswith("-relay")
        assert first["args"][1] == ("await-schema" if relay else "migrate"), name_of(deployment)
        assert first["args"][0] == pod["containers"][0]["args"][0], name_of(deployment)
        assert first["image"] == pod["containers"][0]["image"], name_of(deployment)


def test_one_service_moves_to_a_database_outside_while_the_others_stay() -> None:  # 29
    web = "services.books.database.host=db.example,services.books.database.existingSecret=books-db"
    documents = rendered("--set", web)

    assert not [name_of(found) for found in of_kind(documents, "StatefulSet") if "books" in name_of(found)]
    api, pod = next(found[1:] for found in containers(documents) if found[0] == "Deployment/library-books:api")
    assert files_of(api, pod) == [("books-db", "password", "database-password")]
    config = next(found for found in of_kind(documents, "ConfigMap") if found["metadata"]["name"] == "library-books")
    assert (config["data"]["BOOKS_DATABASE_HOST"], config["data"]["BOOKS_DATABASE_SSLMODE"]) == (
        "db.example",
        "require",
    )


@pytest.mark.parametrize(
    ("contradiction", "sentence"),
    [
        ("postgresql.enabled=false", "services.books.database needs existingSecret"),
        ("rabbitmq.enabled=false", "externalRabbitmq needs existingSecret"),
        ("secrets.generate=false", "secrets.existingSecret must name a Secret"),
        ("services.loans.database.host=db.example", "needs services.loans.database.existingSecret"),
        ("services.loans.database.existingSecret=x", "needs a host, or secretKeys.host or secretKeys.uri"),
        ("services.members.enabled=false", "services.books.config needs AUTH_JWKS_URL"),
        ("services.books.enabled=false", "services.loans.config needs LOANS_BOOKS_URL"),
        ("services.books.enabled=false", "services.members.config needs MEMBERS_BOOKS_URL"),
        ("services.loans.database.owner.existingSecret=x", "the bundled database makes its roles itself"),
        ("services.loans.database.owner.user=loans", "must be another role than services.loans.database.user"),
        (
            ",".join(f"services.loans.database.{one}" for one in BY_URI_BUT_FOR_ITS_OWNER),
            "needs services.loans.database.owner.secretKeys.uri",
        ),
        ("services.loans.database.direct.host=db.example", "services.loans.database.direct is for an outside database"),
        ("rabbitmq.enabled=false,services.loans.broker.existingSecret=x", "or services.books.broker has one"),
        ("rabbitmq.enabled=false,externalRabbitmq.existingSecret=x", "needs a host for loans, unless a Secret names"),
        ("tls.internal.enabled=true,tls.internal.existingSecrets.books=x", "existingSecrets needs members-db, too"),
        (
            "tls.internal.enabled=true,secrets.generate=false,secrets.existingSecret=x",
            "tls.internal.existingSecrets must name the certificates",
        ),
        ("metrics.port=8000", "metrics.port must be another than 8000"),
        ("httpRoute.enabled=true", "httpRoute.enabled needs httpRoute.hostnames"),
        ("postgresql.maxConnections=68", "the pods of books may open 69 connections during a rollout"),
        ("autoscaling.enabled=true,serviceDefaults.autoscaling.maxReplicas=20", "the pods of loans may open 273 conn"),
    ],
)
def test_a_contradiction_is_refused_with_a_sentence(contradiction: str, sentence: str) -> None:  # 30
    assert sentence in refuses(helm(), "template", CHART, "--set", contradiction)


def test_the_bundled_databases_keep_their_data_and_are_asked_over_tcp(plain: Documents) -> None:  # 31
    for place, container, _ in containers(plain):
        if container["name"] == "postgresql":
            assert "/var/lib/postgresql" in [mount["mountPath"] for mount in container["volumeMounts"]], place
            assert "-h" in container["readinessProbe"]["exec"]["command"], place
    for stateful in of_kind(plain, "StatefulSet"):
        assert stateful["spec"]["persistentVolumeClaimRetentionPolicy"]["whenDeleted"] == "Retain", name_of(stateful)


def test_a_change_of_configuration_rolls_the_pods_and_nothing_else_does() -> None:  # 32
    def sums(*arguments: str) -> dict[str, str]:
        deployments = of_services(rendered(*arguments))
        return {name_of(found): pod_of(found)["metadata"]["annotations"]["checksum/config"] for found in deployments}

    before, again = sums(), sums()
    after = sums("--set", "services.books.config.LOG_LEVEL=DEBUG")

    assert before == again
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"Deployment/library-books", "Deployment/library-books-relay"}


def test_images_are_pinned_and_can_all_come_from_a_mirror() -> None:  # 33
    mirrored = rendered("-f", ALL_ON, "--set", "global.imageRegistry=mirror.local")

    assert not re.search("image: .*(:latest|bitnami)", template("-f", ALL_ON))
    assert not [place for place, found, _ in containers(mirrored) if not found["image"].startswith("mirror.local/")]
    assert f"@sha256:{'0' * 64}" in template("--set", f"image.digest=sha256:{'0' * 64}")


def test_the_edge_leads_to_services_that_exist(all_on: Documents) -> None:  # 38
    services = {found["metadata"]["name"] for found in of_kind(all_on, "Service")}
    (ingress,) = of_kind(all_on, "Ingress")
    (route,) = of_kind(all_on, "HTTPRoute")

    paths = [path for rule in ingress["spec"]["rules"] for path in rule["http"]["paths"]]
    assert [(path["pathType"], path["path"]) for path in paths] == [
        ("Prefix", "/books"),
        ("Prefix", "/loans"),
        ("Prefix", "/members"),
        ("Prefix", "/"),
    ]
    backends = {path["backend"]["service"]["name"] for path in paths}
    backends |= {ref["name"] for rule in route["spec"]["rules"] for ref in rule["backendRefs"]}
    assert backends == {"library-books", "library-members", "library-loans", "library-desk"} <= services


def test_a_client_of_ones_own_is_registered_by_the_digest_of_its_secret() -> None:
    documents = rendered("-f", ALL_ON)

    api = next(found for place, found, _ in containers(documents) if place == "Deployment/library-members:api")
    (clients,) = (yaml.safe_load(entry["value"]) for entry in api["env"] if entry["name"] == "MEMBERS_CLIENTS")
    assert clients["kiosk"]["scopes"] == "loans:write"
    assert len(clients["kiosk"]["secret_hash"]) == 64
    assert clients["loans"]["secret_file"] == "/var/run/library/loans-client-password"
