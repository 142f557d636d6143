"""What `make readers` plays with three hundred readers, played with ten."""

from playwright.async_api import Browser

from tests.end_to_end.gears import EmbeddedLibrary
from tests.end_to_end.readers import LATENCIES, Performance


async def test_ten_readers_on_slow_lines_that_lose_answers_get_their_own_copies_and_each_scan_is_told(
    browser: Browser, embedded: EmbeddedLibrary
) -> None:
    verdicts = await Performance(embedded, browser, seed=28).of(10)

    assert set(LATENCIES) == set(verdicts)
    assert all(verdict.scans > 9 for verdict in verdicts.values())
    assert sum(verdict.lost_on_the_way for verdict in verdicts.values()) > 0  # on one line it may be none
    assert [] == [fault for verdict in verdicts.values() for fault in verdict.faults]
