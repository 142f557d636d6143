"""What `make offline` plays with three hundred acts, played with twelve."""

from tests.end_to_end.gears import EmbeddedLibrary
from tests.end_to_end.offline_desks import performed


async def test_killed_desks_without_a_line_lose_and_double_nothing_whichever_sends_first(
    embedded: EmbeddedLibrary,
) -> None:
    verdicts = await performed(embedded, acts=12, clashes=4, kills=6, seed=5)

    assert [] == [fault for verdict in verdicts for fault in verdict.faults]
    assert all(verdict.kills >= 3 for verdict in verdicts)
