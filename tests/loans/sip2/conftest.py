"""The room in which machines stand."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from loans_service.sip2 import machine
from tests.loans.sip2.fake_services import Room, open_room


@pytest.fixture
async def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Room]:
    monkeypatch.setattr(machine, "_PENALTY", 0.0)
    async with open_room(tmp_path) as opened:
        yield opened
