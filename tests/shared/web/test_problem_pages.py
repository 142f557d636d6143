"""A page for each code: in the words of the refusal itself, plain HTML that runs nothing."""

import re

import httpx
import pytest

from tests.shared.web.sample import caller_of, sample_app


async def test_the_type_of_a_problem_leads_to_its_page(http: httpx.AsyncClient) -> None:
    problem = (await http.get("/v1/failures/conflict")).json()

    page = await http.get(problem["type"])

    assert ("/problems/no-room", 200) == (problem["type"], page.status_code)
    assert "text/html; charset=utf-8" == page.headers["content-type"]
    for words in ("There is no room for it.", "There is room for 2 things.", "<code>room</code>", "409"):
        assert words in page.text
    assert "POST /v1/things" in page.text


@pytest.mark.parametrize("prefix", ["/things", ""])
async def test_it_does_so_behind_a_gateway_too(prefix: str) -> None:
    async with caller_of(sample_app(root_path="/things")) as http:
        problem = (await http.get(f"{prefix}/v1/nowhere")).json()
        page = await http.get(problem["type"])
        document = (await http.get("/openapi.json")).json()

    assert ("/things/problems/not-found", 200) == (problem["type"], page.status_code)
    examples = document["paths"]["/v1/things"]["post"]["responses"]["409"]["content"]["application/problem+json"][
        "examples"
    ]
    assert "/things/problems/no-room" == examples["no-room"]["value"]["type"]


async def test_what_comes_from_http_itself_has_a_page_too(http: httpx.AsyncClient) -> None:
    problem = (await http.get("/v1/things?cursor=x")).json()

    page = (await http.get(problem["type"])).text

    assert "invalid-cursor" == problem["code"]
    assert "Use next_cursor of the page before" in page


async def test_all_pages_stand_in_a_list(http: httpx.AsyncClient) -> None:
    links = re.findall(r'href="\./problems/([a-z-]+)"', (await http.get("/problems")).text)

    assert {"no-room", "too-heavy", "not-found", "invalid-json", "idempotency-key-reused"} <= set(links)
    for code in links:
        assert 200 == (await http.get(f"/problems/{code}")).status_code


async def test_a_page_is_accessible_and_runs_nothing(http: httpx.AsyncClient) -> None:
    page = await http.get("/problems/no-room")

    for part in ('<html lang="en">', "<title>No room</title>", "<main>", "<h1>No room</h1>", "width=device-width"):
        assert part in page.text
    assert "<script" not in page.text
    assert page.headers["content-security-policy"].startswith("default-src 'none'; style-src 'sha256-")


@pytest.mark.parametrize("code", ["nothing-like-it", "%3Cscript%3E", "No-Room", "a" * 500, "copy-on-loan"])
async def test_an_unknown_code_is_an_ordinary_404(http: httpx.AsyncClient, code: str) -> None:
    answer = await http.get(f"/problems/{code}")

    assert (404, "application/problem+json") == (answer.status_code, answer.headers["content-type"])
