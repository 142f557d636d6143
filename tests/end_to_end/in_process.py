"""The applications of all services in the process of a test, each on SQLite, with neighbours that answer at once."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from fastapi import FastAPI

import books_service.main
import books_service.settings
import loans_service.main
import loans_service.settings
from loans_service.application.use_cases import UseCases
from shared.configuration import load
from shared.kernel.ids import new_id
from shared.persistence.database import Database
from shared.tokens import SigningKey, StaticKeys
from tests.loans.fakes import FakeBranches, FakeCatalogue, FakeMembers
from tests.loans.makers import ADA, a_copy, a_standing
from tests.members.api.conftest import a_service as members_on
from tests.shared.hostile_tokens import a_token
from tests.templates import Templates

SCOPES = "self books:write books:lending members:read members:write members:standing loans:read loans:write admin"


@asynccontextmanager
async def _books(templates: Templates, folder: Path, key: SigningKey) -> AsyncIterator[tuple[FastAPI, SigningKey]]:
    url = await templates.on_sqlite("books_service", folder / "books.db")
    settings = load(books_service.settings.Settings, database_url=url, imports_in="relay")
    app = books_service.main.create_app(settings, keys=StaticKeys([key.public_jwk()]))
    async with app.router.lifespan_context(app):
        yield app, key


@asynccontextmanager
async def _members(templates: Templates, folder: Path, _: SigningKey) -> AsyncIterator[tuple[FastAPI, SigningKey]]:
    database = Database(await templates.on_sqlite("members_service", folder / "members.db"))
    async for service in members_on(database, folder):
        yield service.app, service.key
    await database.dispose()


@asynccontextmanager
async def _loans(templates: Templates, folder: Path, key: SigningKey) -> AsyncIterator[tuple[FastAPI, SigningKey]]:
    url = await templates.on_sqlite("loans_service", folder / "loans.db")
    settings = load(
        loans_service.settings.Settings,
        database_url=url,
        books_url="http://books.invalid",
        members_url="http://members.invalid",
        client_secret="not used here, but of a good length",
    )
    app = loans_service.main.create_app(settings, keys=StaticKeys([key.public_jwk()]))
    catalogue, members = FakeCatalogue(a_copy()), FakeMembers(ADA=a_standing())
    ports = replace(app.state.ports, catalogue=catalogue, catalogue_states=catalogue, branches=FakeBranches(catalogue))
    loans_service.main.bind(app, UseCases(replace(ports, members=members, categories=members)))
    async with app.router.lifespan_context(app):
        yield app, key


SERVICES = {"books": _books, "members": _members, "loans": _loans}


def mighty_token(key: SigningKey) -> str:
    """Return a token with which one may do everything."""
    return a_token(
        key, scope=SCOPES, roles=["admin"], member_id=str(ADA), sub=str(new_id()), exp=int(time.time()) + 3_000
    )
