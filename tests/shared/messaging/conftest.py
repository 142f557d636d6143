from collections.abc import AsyncIterator

import pytest

from shared.messaging.bus import Publisher
from tests.servers import RabbitServer
from tests.shared.messaging.buses import BusUnderTest, InProcessUnderTest, RabbitUnderTest


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Try again sooner than in life."""
    monkeypatch.setattr("shared.messaging.delivery.FIRST_PAUSE", 0.005)


@pytest.fixture(params=["in-process", "rabbit"])
def under_test(request: pytest.FixtureRequest) -> BusUnderTest:
    """Each kind of bus in turn."""
    if request.param == "in-process":
        return InProcessUnderTest()
    server: RabbitServer = request.getfixturevalue("rabbit_server")
    return RabbitUnderTest(server.url)


@pytest.fixture
async def publisher(under_test: BusUnderTest) -> AsyncIterator[Publisher]:
    """A publisher of that bus."""
    made = under_test.bus.publisher()
    yield made
    await made.aclose()
