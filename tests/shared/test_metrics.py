from prometheus_client.parser import text_string_to_metric_families

from shared import metrics


def test_the_page_is_what_prometheus_reads() -> None:
    metrics.http_requests.labels("things", "GET", "/v1/things/{thing_id}", "200").observe(0.003)

    families = {family.name: family for family in text_string_to_metric_families(metrics.render().decode())}

    family = families["http_server_request_duration_seconds"]
    labels = {
        "service": "things",
        "http_request_method": "GET",
        "http_route": "/v1/things/{thing_id}",
        "http_response_status_code": "200",
    }
    counts = [one.value for one in family.samples if one.name.endswith("_count") and one.labels == labels]
    assert (family.type, counts) == ("histogram", [1.0])
    assert {"process_resident_memory_bytes", "python_info", "outbox_depth", "outbox_published"} <= set(families)


def test_every_metric_says_what_it_is() -> None:
    for family in text_string_to_metric_families(metrics.render().decode()):
        assert family.documentation, family.name


def test_the_page_is_made_at_most_once_a_second_however_many_ask() -> None:
    now = 100.0
    page = metrics.MetricsPage(clock=lambda: now)
    first = page.text()
    metrics.inbox_messages_total.labels("the page is kept", "done").inc()

    now += 0.9
    kept = page.text()
    now += 0.1
    made_again = page.text()

    assert first is kept
    assert b"the page is kept" in made_again
