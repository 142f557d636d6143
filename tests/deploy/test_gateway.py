"""The library behind its real gateway: Swagger UI over TLS, nothing lost in a restart, one trace through everything."""

import asyncio
import itertools
import json
import re
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.async_api import Browser

from tests.deploy.boards import named_metrics
from tests.deploy.gated import PUBLIC_NAME, SERVICES, SMOKE_SECRET, GatedLibrary
from tests.deploy.operators import CHART, run
from tests.end_to_end.browser import SwaggerUi, what_a_browser_gets
from tests.end_to_end.library import ADMIN, LIBRARIAN, code_of

PAUSE = 0.2  # seconds between the rounds of a desk: a refusal shows at fifty requests a second as it does at hundreds
FROM_ELSEWHERE = re.compile("kube_|rabbitmq_|up$")


@pytest.fixture(scope="module")
async def gated() -> AsyncIterator[GatedLibrary]:
    async with GatedLibrary() as library:
        yield library


@pytest.fixture(scope="module")
async def web(gated: GatedLibrary) -> AsyncIterator[httpx.AsyncClient]:
    """A client that comes through the gateway and believes its authority alone."""
    address, trust = gated.gateway.address, gated.gateway.trust()
    async with httpx.AsyncClient(base_url=address, verify=trust, trust_env=False, timeout=15) as http:
        yield http


PAGES = ("/", "/books/docs", "/members/docs", "/loans/docs/", "/books/", "/members/v1/auth/authorize?state=1")


async def test_whoever_opens_a_page_without_encryption_is_sent_to_it(
    gated: GatedLibrary, web: httpx.AsyncClient
) -> None:
    plain = [await web.request(method, f"{gated.gateway.http}{page}") for page in PAGES for method in ("GET", "HEAD")]

    there = [f"{gated.gateway.address}{page}" for page in PAGES for _ in range(2)]
    assert [(308, address) for address in there] == [(seen.status_code, seen.headers["location"]) for seen in plain]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/books/v1/books?q=private"),
        ("GET", "/members/.well-known/jwks.json"),
        ("GET", "/loans/openapi.json"),
        ("POST", "/members/v1/auth/token"),
        ("POST", "/members/v1/auth/authorize"),
        ("POST", "/"),
        ("DELETE", "/members/v1/members/me"),
        ("OPTIONS", "/loans/v1/loans"),
        ("GET", "/books/docs/oauth2-redirect?code=1"),
    ],
)
async def test_a_program_that_comes_without_encryption_is_told_to_use_it(
    method: str, path: str, gated: GatedLibrary, web: httpx.AsyncClient
) -> None:
    answer = await web.request(method, f"{gated.gateway.http}{path}", headers={"Authorization": "Bearer secret"})

    assert (answer.status_code, code_of(answer)) == (403, "https-required")
    assert {"type", "title", "detail", "instance", "request_id", "errors"} <= answer.json().keys()
    assert not {"location", "strict-transport-security"} & answer.headers.keys()


async def test_the_log_of_the_gateway_keeps_no_query_and_no_header(gated: GatedLibrary, web: httpx.AsyncClient) -> None:
    secret = "5ecret-number"
    marked = {"Authorization": f"Bearer {secret}", "Cookie": f"a={secret}", "Referer": f"https://x.test/?code={secret}"}
    paths = (
        "/loans/v1/loans", "/members/v1/members", "/books/docs/oauth2-redirect", "/members/v1/auth/authorize", "/"
    )  # fmt: skip
    for path in paths:
        await web.get(f"{path}?card_number={secret}&code={secret}&{secret}", headers=marked | {"X-Card": secret})

    lines = await logged(gated, paths)
    assert set(paths) <= {line["request"]["uri"] for line in lines}
    assert secret not in gated.gateway.log.read_text()


async def logged(gated: GatedLibrary, paths: tuple[str, ...]) -> list[dict[str, Any]]:
    """Return the lines of requests in the gateway's log, once there is one for each path."""
    for _ in range(200):
        log = [json.loads(line) for line in gated.gateway.log.read_text().splitlines() if line.startswith("{")]
        lines = [line for line in log if line.get("logger", "").startswith("http.log.access")]
        if set(paths) <= {line["request"]["uri"] for line in lines}:
            break
        await asyncio.sleep(0.05)
    return lines


async def test_the_services_see_the_address_that_the_gateway_saw_and_no_other(gated: GatedLibrary) -> None:
    statuses = Counter[int]()
    transport = httpx.AsyncHTTPTransport(verify=gated.gateway.trust(), local_address="127.0.4.1")
    async with httpx.AsyncClient(transport=transport, base_url=gated.gateway.address, timeout=20) as http:
        for number in range(70):  # an address may try 60 times
            form = {"grant_type": "password", "username": f"nobody-{number}@readers.example", "password": "a guess"}
            spoofed = {"X-Forwarded-For": f"203.0.113.{number}"}
            statuses[(await http.post("/members/v1/auth/token", data=form, headers=spoofed)).status_code] += 1

    assert {400, 429} == statuses.keys()
    assert (await gated.signed_in(ADMIN)).token  # from the address of the gateway itself, whose tries are not used up


async def test_behind_the_gateway_nobody_is_called_by_another_name(gated: GatedLibrary) -> None:
    async with httpx.AsyncClient(trust_env=False) as http:
        for service in SERVICES:
            answer = await http.get(f"{gated.services[service]}/{service}/docs", headers={"Host": "evil.example"})
            assert (answer.status_code, code_of(answer)) == (421, "unknown-host")


@pytest.mark.parametrize("path", ["/", "/books/docs"])
async def test_browsers_keep_to_encryption_at_a_public_name_but_not_on_the_whole_of_their_own_machine(
    path: str, web: httpx.AsyncClient
) -> None:
    port = web.base_url.port
    host, name = {"Host": f"{PUBLIC_NAME}:{port}"}, {"sni_hostname": PUBLIC_NAME}

    public = await web.get(path, headers=host, extensions=name)
    local = await web.get(path)

    assert (public.status_code, local.status_code) == (200, 200)
    assert public.headers["strict-transport-security"] == "max-age=31536000; includeSubDomains"
    assert "strict-transport-security" not in local.headers
    assert "alt-svc" not in public.headers  # no port is open for HTTP/3


async def test_the_desk_page_is_at_the_root_and_finds_the_services_beside_it(web: httpx.AsyncClient) -> None:
    page, services = await web.get("/"), await web.get("/services.json")

    assert "<title>Library desk</title>" in page.text
    assert "script-src 'self'" in page.headers["content-security-policy"]
    assert services.json() == {service: f"/{service}" for service in SERVICES}
    for service in SERVICES:
        assert (await web.get(f"/{service}/docs")).status_code == 200


@pytest.mark.parametrize("service", SERVICES)
async def test_what_operators_ask_stays_inside(service: str, web: httpx.AsyncClient) -> None:
    hidden = ("metrics", "health/ready", "health/live", "%6detrics", "./metrics", "metrics/")

    assert {(await web.get(f"/{service}/{path}")).status_code for path in hidden} == {404}


async def test_a_librarian_signs_in_over_tls_and_tries_something_out(gated: GatedLibrary, browser: Browser) -> None:
    """At one service, not the one where she signs in: what a browser gets of the others, the next test shows."""
    context = await browser.new_context(ignore_https_errors=True, viewport={"width": 1280, "height": 1200})
    docs = SwaggerUi(await context.new_page())
    await docs.open(f"{gated.gateway.address}/books/docs")
    await docs.sign_in(LIBRARIAN, scopes="select all")
    answered, _ = await docs.try_out("add_book")
    await docs.photograph("books-over-tls")
    violations = await docs.violations()
    await context.close()
    assert answered == 201
    assert docs.hosts == {urlsplit(gated.gateway.address).netloc}
    assert violations == []
    assert docs.complaints == []


@pytest.mark.parametrize("service", SERVICES)
async def test_a_browser_gets_over_tls_what_the_service_gives_and_may_do_what_it_lets(
    service: str, gated: GatedLibrary, web: httpx.AsyncClient
) -> None:
    headers = {"Authorization": f"Bearer {(await gated.librarian()).token}"}
    direct = await what_a_browser_gets(web, f"{gated.services[service]}/{service}")
    over_tls = await what_a_browser_gets(web, f"{gated.gateway.address}/{service}")
    listed = await web.get(f"/{service}/v1/{service}", headers=headers)

    assert {200} == {status for status, *_ in (*direct, (listed.status_code,))}
    assert over_tls == direct
    if service == "members":
        body = {"name": "Kim", "category": "adult", "card_number": "OVER-TLS"}
        assert (await web.post("/members/v1/members", json=body, headers=headers)).status_code == 201


async def test_one_trace_leads_from_the_check_out_to_the_availability(
    gated: GatedLibrary, web: httpx.AsyncClient
) -> None:
    librarian = await gated.librarian()
    (copy,), member = await gated.shelve(), await gated.enrol()
    trace = f"{time.time_ns():032x}"
    body = {"copy_barcode": copy.barcode, "card_number": member.card_number}
    headers = {"Authorization": f"Bearer {librarian.token}", "traceparent": f"00-{trace}-00f067aa0ba902b7-01"}

    answer = await web.post("/loans/v1/loans", json=body, headers=headers)

    assert answer.status_code == 201
    where = ("loans", "books", "members", "loans twin", "books twin", "members twin", "books relay")
    for _ in range(100):
        found = {name: [line for line in gated.lines(name) if line.get("trace.id") == trace] for name in where}
        if "books.circulation" in {line["labels.listener"] for line in found["books relay"]}:
            break
        await asyncio.sleep(0.1)
    served = {name.split()[0] for name in where[:6] if found[name]}
    assert served == set(SERVICES)
    assert {line["message"] for line in found["books relay"]} == {"event handled"}
    assert "books.circulation" in {line["labels.listener"] for line in found["books relay"]}


async def test_the_smoke_test_of_the_chart_looks_and_only_when_told_walks_a_copy_through_the_library(
    gated: GatedLibrary, tmp_path: Path
) -> None:
    places = [gated.services[service] for service in SERVICES]
    command: list[str | Path] = [sys.executable, CHART / "files/smoke_test.py", *places]
    (tmp_path / "secret").write_text(SMOKE_SECRET)

    looked = await asyncio.to_thread(run, *command)
    walked = await asyncio.to_thread(run, *command, "--converse", tmp_path / "secret")

    assert [line.partition(" ")[2] for line in looked.splitlines()] == ["is ready and shows its documents"] * 3
    assert "returned; books knows that it is available" in walked


async def test_a_rolling_restart_under_load_fails_no_request_that_is_sent_once_more(
    gated: GatedLibrary, web: httpx.AsyncClient
) -> None:
    librarian = await gated.librarian()
    copies = await gated.shelve(copies=4)
    members = [await gated.enrol() for _ in range(4)]
    ended = asyncio.Event()
    numbers = itertools.count()
    retried: list[str] = []

    async def ask(method: str, path: str, body: object = None) -> httpx.Response:
        """Send a request, and once more if the connection broke or the answer asks for it."""
        key = {"Idempotency-Key": f"rolling-{next(numbers)}", "Authorization": f"Bearer {librarian.token}"}
        for last in (False, True):
            answer = await asyncio.gather(web.request(method, path, json=body, headers=key), return_exceptions=True)
            if isinstance(answer[0], httpx.Response) and answer[0].status_code < 500:
                return answer[0]
            assert not last, answer[0]
            retried.append(path)
            await asyncio.sleep(1.0)
        raise AssertionError

    async def desk(number: int) -> int:
        served = 0
        body = {"copy_barcode": copies[number].barcode, "card_number": members[number].card_number}
        while not ended.is_set():
            lent = await ask("POST", "/loans/v1/loans", body)
            back = await ask("POST", "/loans/v1/returns", {"copy_barcode": copies[number].barcode})
            seen = await ask("GET", f"/books/v1/books/{copies[number].book_id}")
            own = await ask("GET", f"/members/v1/members/{members[number].member_id}")
            assert [answer.status_code for answer in (lent, back, seen, own)] == [201, 200, 200, 200]
            served += 4
            await asyncio.sleep(PAUSE)
        return served

    desks = [asyncio.create_task(desk(number)) for number in range(4)]
    try:
        for name in (*SERVICES, *(f"{service} twin" for service in SERVICES)):
            await gated.stop(name)
            await gated.start(name)
            await asyncio.sleep(2)  # until the gateway has seen that it is back, as a rollout waits for a new pod
            assert not [task for task in desks if task.done()]
    finally:
        ended.set()
    served = sum(await asyncio.gather(*desks))

    assert served > 100
    print(f"{served} requests through six restarts, {len(retried)} of them sent twice")


async def test_every_metric_of_a_board_or_an_alert_is_really_there(gated: GatedLibrary, web: httpx.AsyncClient) -> None:
    await web.get("/books/v1/books")
    ports = [*gated.ports.values(), *gated.relay_ports.values()]
    live = "".join([(await web.get(f"http://127.0.0.1:{port}/metrics")).text for port in ports])
    there = set(re.findall(r"^([a-z_]+)[{ ]", live, re.MULTILINE))

    assert {name for name in named_metrics() if not FROM_ELSEWHERE.match(name)} - there == set()


async def test_the_brokers_metrics_of_a_board_or_an_alert_are_really_there(
    gated: GatedLibrary, web: httpx.AsyncClient
) -> None:
    broker = f"http://127.0.0.1:{gated.rabbit.metrics_port}/metrics"
    families = {"family": ["queue_coarse_metrics", "queue_consumer_count"]}
    live = (await web.get(broker)).text + (await web.get(f"{broker}/detailed", params=families)).text
    there = set(re.findall(r"^([a-z_]+)[{ ]", live, re.MULTILINE))

    named = {name for name in named_metrics() if name.startswith("rabbitmq_")}
    assert named
    assert named - there == set()


async def test_a_gateway_alone_answers_that_nobody_is_there(web: httpx.AsyncClient) -> None:
    assert (await web.get("/nothing/here")).status_code == 404
