from typing import Any

import pytest

from loans_service.application.neighbours import MemberKey
from loans_service.domain.circulating_copy import CopyKey
from shared.kernel.errors import NeighbourUnavailable
from shared.outgoing_http import NeighbourClient
from tests.loans.adapters.neighbour import LENDABILITY, STANDING, Neighbour, books, found, members
from tests.loans.makers import ADA, EMMA

HOSTILE: list[tuple[int, Any]] = [
    (200, b""),
    (200, b"<html>"),
    (200, []),
    (200, None),
    (200, {}),
    (200, {"items": []}),
    (200, {"items": [{}]}),
    (200, {"items": [None]}),
    (200, {"items": [{"problem": {}}]}),
    (200, found(LENDABILITY | STANDING, LENDABILITY | STANDING)),
    (200, found({**LENDABILITY, "copy_id": "not-an-id"})),
    (200, found({**LENDABILITY, "refusals": "none"})),
    (200, found({**LENDABILITY, "lendable": "perhaps"})),
    (200, b"\xff\xfe"),
    (200, b"[" * 100_000),
    (204, b""),
    (301, b""),
    (400, {}),
    (401, {}),
    (403, {}),
    (404, {}),
    (422, {}),
    (429, {}),
    (500, {}),
    (503, {}),
]


@pytest.mark.parametrize(
    ("status", "body", "may"),
    [(200, {"member_id": str(ADA), "may": ["pay", "see"]}, True), (200, {"may": ["pay"]}, False), (404, {}, False)],
)
async def test_members_says_whether_a_guardian_may_see(
    neighbour: Neighbour, client: NeighbourClient, status: int, body: Any, *, may: bool
) -> None:
    neighbour.status, neighbour.body = status, body

    assert may == await members(client).may_see(ADA, member_id=EMMA)
    assert f"/v1/members/{EMMA}/guardians/{ADA}" == neighbour.asked[0].url.path


@pytest.mark.parametrize(("status", "body"), HOSTILE)
async def test_whatever_a_neighbour_answers_the_desk_hears_that_it_is_unavailable(
    neighbour: Neighbour, client: NeighbourClient, status: int, body: Any
) -> None:
    neighbour.status, neighbour.body = status, body

    with pytest.raises(NeighbourUnavailable):
        await books(client).lendable_copy(CopyKey(barcode="x"))
    with pytest.raises(NeighbourUnavailable):
        await members(client).standing(MemberKey(card_number="x"))
    if status != 404:
        with pytest.raises(NeighbourUnavailable):
            await members(client).may_see(ADA, member_id=EMMA)
