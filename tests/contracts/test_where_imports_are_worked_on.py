"""Imports are worked on by the process that the settings name, and by no other."""

import asyncio
import importlib
from pathlib import Path
from typing import Any

import pytest

from shared.configuration import load
from shared.messaging.in_process import InProcessBus
from shared.tokens import SigningKey, StaticKeys
from tests.shared.stores import eventually
from tests.templates import Templates

OWN: dict[str, dict[str, Any]] = {
    "books": {},
    "members": {"books_url": "http://books.invalid", "make_signing_key": True, "make_data_keys": True},
    "loans": {"books_url": "http://books.invalid", "members_url": "http://members.invalid", "client_secret": "s" * 32},
}
FILES = ("signing_keys_file", "data_keys_file")


async def _settings(service: str, where: str, templates: Templates, folder: Path) -> Any:
    url = await templates.on_sqlite(f"{service}_service", folder / f"{service}.db")
    files = {name: folder / name for name in FILES} if service == "members" else {}
    settings = importlib.import_module(f"{service}_service.settings").Settings
    return load(settings, database_url=url, imports_in=where, **OWN[service], **files)


def _working() -> bool:
    return "imports" in {task.get_name() for task in asyncio.all_tasks()}


@pytest.mark.parametrize("service", OWN)
@pytest.mark.parametrize("where", ["serve", "relay"])
async def test_the_web_application_works_on_imports_unless_a_relay_does(
    service: str, where: str, templates: Templates, tmp_path: Path
) -> None:
    settings = await _settings(service, where, templates, tmp_path)
    keys = {} if service == "members" else {"keys": StaticKeys([SigningKey.generate().public_jwk()])}
    app = importlib.import_module(f"{service}_service.main").create_app(settings, **keys)

    async with app.router.lifespan_context(app):
        assert (where == "serve") == _working()


@pytest.mark.parametrize("service", OWN)
@pytest.mark.parametrize("where", ["serve", "relay"])
async def test_the_relay_works_on_imports_if_it_is_told_to(
    service: str, where: str, templates: Templates, tmp_path: Path
) -> None:
    settings = await _settings(service, where, templates, tmp_path)
    if service == "members":
        importlib.import_module("members_service.wiring.ports").data_keys_of(settings).load()
    stop = asyncio.Event()
    worker = importlib.import_module(f"{service}_service.worker").create_worker(settings, bus=InProcessBus())
    running = asyncio.create_task(worker.run(stop))
    try:
        await eventually(lambda: "relay" in {task.get_name() for task in asyncio.all_tasks()})
        assert (where == "relay") == _working()
    finally:
        stop.set()
        await running
