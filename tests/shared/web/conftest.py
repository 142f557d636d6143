from collections.abc import AsyncIterator, Iterator

import httpx
import pytest
import structlog
from fastapi import FastAPI

from tests.shared.web.sample import caller_of, sample_app


@pytest.fixture(autouse=True)
def short_log_lines() -> Iterator[None]:
    """Spare every test the coloured story of every exception that it causes on purpose."""
    structlog.configure(processors=[structlog.processors.KeyValueRenderer()])
    yield
    structlog.reset_defaults()


@pytest.fixture
def app() -> FastAPI:
    return sample_app()


@pytest.fixture
async def http(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with caller_of(app) as client:
        yield client
