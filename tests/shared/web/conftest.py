from collections.abc import AsyncIterator, Iterator

import httpx
import pytest
import structlog
from fastapi import FastAPI

from tests.shared.web.sample import caller_of, sample_app


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    """Leave as it was what makes lines of what is logged."""
    lines = structlog.get_config()
    yield
    structlog.configure(**lines)


@pytest.fixture
def app() -> FastAPI:
    return sample_app()


@pytest.fixture
async def http(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with caller_of(app) as client:
        yield client
