"""A service that serves before its database was migrated says what is to be done, and nothing worse."""

from pathlib import Path

import httpx
import pytest
import structlog
from fastapi import FastAPI

import books_service.main
import members_service.main
from books_service.settings import Settings as BooksSettings
from members_service.settings import Settings as MembersSettings
from shared.configuration import load

ASKED = {"books": "/v1/books", "members": "/v1/auth/revocations"}


def an_app(service: str, url: str, folder: Path) -> FastAPI:
    if service == "books":
        return books_service.main.create_app(load(BooksSettings, database_url=url))
    keys = {"signing_keys_file": folder / "key.pem", "data_keys_file": folder / "data-keys.txt"}
    made = {"make_signing_key": True, "make_data_keys": True} | keys
    settings = load(MembersSettings, database_url=url, books_url="http://books.invalid", **made)
    return members_service.main.create_app(settings)


@pytest.fixture(params=["sqlite", "postgres"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the address of a database without any table."""
    if request.param == "sqlite":
        return f"sqlite+aiosqlite:///{tmp_path / 'empty.db'}"
    url: str = request.getfixturevalue("postgres_url")
    return url


@pytest.mark.parametrize("service", ["books", "members"])
async def test_it_is_not_ready_and_names_the_command(service: str, empty_url: str, tmp_path: Path) -> None:
    app = an_app(service, empty_url, tmp_path)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)

    with structlog.testing.capture_logs() as lines:
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=transport, base_url="http://x") as http,
        ):
            answers = [await http.get(ASKED[service]) for _ in range(3)]

    assert {503} == {answer.status_code for answer in answers}
    told = answers[0].json()
    assert "not-ready" == told["code"]
    assert f"Run: python -m {service}_service migrate" in told["detail"]
    assert "retry-after" in answers[0].headers
    assert 1 == len([line for line in lines if "schema" in line["event"]]), lines
    assert not [line for line in lines if "exc_info" in line]
