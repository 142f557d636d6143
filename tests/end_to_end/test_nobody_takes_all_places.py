"""A desk goes on lending while somebody else, from another address, tries to keep all places of all services taken."""

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager

import httpx
import pytest

from tests.end_to_end.attacks import IDLE, UNREAD, idle_sockets, unread_pipelines
from tests.end_to_end.gears import ProductionLibrary
from tests.end_to_end.library import Copy, Member

TIMES = 5


@pytest.mark.parametrize("attack", [idle_sockets, unread_pipelines])
async def test_a_desk_lends_and_people_sign_in_whoever_holds_connections(
    attack: Callable[[Mapping[str, str]], AbstractAsyncContextManager[None]], production: ProductionLibrary
) -> None:
    (copy,), member = await production.shelve(), await production.enrol()
    answers: list[httpx.Response] = []

    async with attack(production.services):
        for _ in range(TIMES):
            answers.append(await _lent(production, copy, member))
            answers.append(await production.give_back(copy))
            answers.append(await production.anybody.get(f"{production.books}/v1/copies", barcode=copy.barcode))
        client = await production.signed_in(member.person)

    assert [201, 200, 200] * TIMES == [answer.status_code for answer in answers]
    assert client.token
    print(f"{IDLE} idle sockets or {UNREAD} unread pipelines on each service, and everybody was served")


async def _lent(production: ProductionLibrary, copy: Copy, member: Member) -> httpx.Response:
    """Ask once more, as a desk does, where other programs of the machine make a neighbour too slow to be heard."""
    answer = await production.check_out(copy, member)
    if answer.status_code == 503 and answer.json()["code"] == "neighbour-unavailable":
        answer = await production.check_out(copy, member)
    return answer
