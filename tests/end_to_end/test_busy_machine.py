"""On a busy machine the desk waits a little, and is not sent away."""

from tests.end_to_end.busy_machine import a_desk, busy_processes
from tests.end_to_end.gears import EmbeddedLibrary


async def test_beside_four_busy_processes_a_desk_is_never_sent_away(embedded: EmbeddedLibrary) -> None:
    with busy_processes(4):
        played = await a_desk(embedded, acts=24)

    print(played)
    assert [] == played.refusals
    assert {200: 12, 201: 12} == dict(played.statuses)
