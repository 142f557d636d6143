"""What the documents and pages weigh on their way, and that every code that a service may answer has a page."""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from shared.web.documents.http_problems import OF_HTTP
from shared.web.documents.problem_pages import explained
from tests.contracts.documents import kept, open_service

ROOT = Path(__file__).parents[2]
each = pytest.mark.parametrize("service", ["books", "members", "loans"])


@each
async def test_a_document_weighs_little_on_the_wire(service: str) -> None:
    async with open_service(service) as http:
        sent = int((await http.get("/openapi.json")).headers["content-length"])

    assert sent < 100 * 1024


@each
async def test_a_browser_that_was_here_before_loads_little(service: str) -> None:
    """It keeps what may be kept, and asks for the rest again."""
    weight = 0
    async with open_service(service) as http:
        page = await http.get("/docs")
        names = re.findall(r"""(?:src|href)=["']\./([^"']+)""", page.text)
        for path in ("/docs", *(f"/{name}" for name in names)):
            answer = await http.get(path)
            if "immutable" not in answer.headers["cache-control"]:
                weight += _size(answer)

    assert weight < 112 * 1024


@each
async def test_a_browser_that_comes_for_the_first_time_loads_compressed_files(service: str) -> None:
    async with open_service(service) as http:
        names = re.findall(r"\./(docs/assets/[^\"']+\.(?:js|css))", (await http.get("/docs")).text)
        assert names
        for name in names:
            assert "gzip" == (await http.get(f"/{name}")).headers["content-encoding"]


def _size(answer: httpx.Response) -> int:
    head = sum(len(name) + len(value) + 4 for name, value in answer.headers.raw)
    return head + int(answer.headers["content-length"])


@each
async def test_every_code_of_the_document_has_a_page(service: str) -> None:
    paths = json.loads(kept(service, "openapi"))["paths"]
    answers = [one for path in paths.values() for operation in path.values() for one in operation["responses"].values()]
    shown = [answer.get("content", {}).get("application/problem+json", {}).get("examples", {}) for answer in answers]

    async with open_service(service) as http:
        pages = set(re.findall(r'href="\./problems/([^"]+)"', (await http.get("/problems")).text))

    assert any(shown)
    assert set() == {code for examples in shown for code in examples} - pages


def test_every_problem_of_http_is_explained() -> None:
    raised = {code for path in (ROOT / "shared").rglob("*.py") for code in _problems_in(path)}

    assert raised
    assert raised <= OF_HTTP.keys()


def _problems_in(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Problem" and len(node.args) > 1:
            code = node.args[1]
            if isinstance(code, ast.Constant):
                yield str(code.value)


def test_a_refusal_is_explained_in_its_own_words() -> None:
    open_service("loans")

    about = explained(("shared.", "loans_service."))["copy-on-loan"]

    assert {409} == about.statuses
    assert about.texts
    assert "copy" in about.texts[0].lower()
