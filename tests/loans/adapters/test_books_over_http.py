"""What books is asked, and how its answers are taken."""

import asyncio
import json
from typing import Any

import httpx
import pytest

from loans_service.domain.circulating_copy import CopyKey
from loans_service.domain.lendable_copy import CopyNotFound, LendableCopy, UnknownBranch
from shared.kernel.errors import NeighbourUnavailable
from shared.outgoing_http import NeighbourClient, NotUnderstood
from tests.loans.adapters.neighbour import LENDABILITY, Neighbour, books, found, lines_of, problem
from tests.loans.makers import EMMA, EMMA_COPY


async def test_books_is_asked_by_barcode_with_our_own_token(neighbour: Neighbour, client: NeighbourClient) -> None:
    neighbour.body = found(LENDABILITY)

    copy = await books(client).lendable_copy(CopyKey(barcode="30000000000019"))

    (asked,) = neighbour.asked
    assert ("POST", "/v1/copies/lendability") == (asked.method, asked.url.raw_path.decode())
    assert {"copies": [{"barcode": "30000000000019"}]} == json.loads(asked.content)
    assert "Bearer token-1" == asked.headers["Authorization"]
    assert (EMMA_COPY, EMMA, "Emma", ()) == (copy.copy_id, copy.book_id, copy.title, copy.refusals)


async def test_the_location_comes_with_the_copy_unless_books_is_the_version_before(
    neighbour: Neighbour, client: NeighbourClient
) -> None:
    async def location(**told: Any) -> str | None:
        neighbour.body = found(LENDABILITY | told)
        return (await books(client).lendable_copy(CopyKey(barcode="1"))).location

    assert "READING" == await location(location="READING")
    assert await location() is None


async def test_the_note_of_staff_comes_with_the_copy_unless_books_is_the_version_before(
    neighbour: Neighbour, client: NeighbourClient
) -> None:
    async def note(**told: Any) -> str | None:
        neighbour.body = found(LENDABILITY | told)
        return (await books(client).lendable_copy(CopyKey(barcode="1"))).staff_note

    assert "Two discs." == await note(staff_note="Two discs.")
    assert await note() is None


async def test_books_is_asked_with_the_copy_whether_there_is_a_branch_that_asks(
    neighbour: Neighbour, client: NeighbourClient
) -> None:
    async def desk_of(code: str, **told: Any) -> str | None:
        neighbour.body = found(LENDABILITY | told)
        return (await books(client).lendable_copy(CopyKey(barcode="1"), desk=code)).desk

    assert "East-1" == await desk_of(" east-1 ", desk_branch="East-1")
    assert [{"barcode": "1", "branch": "east-1"}] == lines_of(neighbour.asked[-1])
    assert await desk_of("ATLANTIS", desk_branch=None) is None
    assert await desk_of("MAIN#", desk_branch=None) is None
    assert [{"barcode": "1"}] == lines_of(neighbour.asked[-1])


async def test_books_reasons_become_refusals_with_their_figures(neighbour: Neighbour, client: NeighbourClient) -> None:
    reason = {"code": "copy-not-lendable", "detail": "In repair.", "status": "in_repair"}
    neighbour.body = found({**LENDABILITY, "lendable": False, "refusals": [reason]})

    copy = await books(client).lendable_copy(CopyKey(copy_id=EMMA_COPY))

    (refusal,) = copy.refusals
    assert ("copy-not-lendable", {"status": "in_repair"}) == (refusal.code, refusal.figures)


async def test_a_copy_that_is_not_lendable_is_refused_even_without_a_reason(
    neighbour: Neighbour, client: NeighbourClient
) -> None:
    neighbour.body = found({**LENDABILITY, "lendable": False})

    copy = await books(client).lendable_copy(CopyKey(copy_id=EMMA_COPY))

    assert ["copy-not-lendable"] == [refusal.code for refusal in copy.refusals]


async def test_books_is_asked_for_a_branch_once(neighbour: Neighbour, client: NeighbourClient) -> None:
    neighbour.body = {"code": "East-1", "name": "Eastern branch", "timezone": "Europe/Vienna"}
    asking = books(client)

    assert ["East-1"] * 3 == [await asking.branch(code) for code in ("east-1", "EAST-1", " East-1 ")]
    assert ["/v1/branches/EAST-1"] == [request.url.path for request in neighbour.asked]


async def test_a_branch_where_somebody_has_lent_is_known_also_while_books_is_away(
    neighbour: Neighbour, client: NeighbourClient
) -> None:
    neighbour.body, asking = found(LENDABILITY | {"desk_branch": "East-1"}), books(client)
    await asking.lendable_copy(CopyKey(barcode="1"), desk="east-1")

    neighbour.status = 503

    assert "East-1" == await asking.branch("EAST-1")


async def test_a_branch_that_was_added_a_moment_ago_is_among_all_branches(
    neighbour: Neighbour, client: NeighbourClient
) -> None:
    asking, one = books(client), {"code": "ONE", "name": "One", "timezone": "Europe/Vienna"}
    neighbour.body = {"items": [one], "next_cursor": None}
    before = await asking.branches()

    neighbour.body = {"items": [one, {**one, "code": "TWO"}], "next_cursor": None}
    after = await asyncio.gather(*(asking.branches() for _ in range(50)))

    assert ["ONE"] == [branch.code for branch in before]
    assert {("ONE", "TWO")} == {tuple(branch.code for branch in found) for found in after}
    assert len(neighbour.asked) <= 1 + 2  # many who ask at once ask together


async def test_an_unknown_branch_is_asked_for_each_time(neighbour: Neighbour, client: NeighbourClient) -> None:
    asking = books(client)
    neighbour.status = 404
    for _ in range(2):
        with pytest.raises(UnknownBranch):
            await asking.branch("ATLANTIS")
    neighbour.status, neighbour.body = 200, {"code": "ATLANTIS", "name": "Atlantis", "timezone": "UTC"}

    assert "ATLANTIS" == await asking.branch("ATLANTIS")
    assert 3 == len(neighbour.asked)


@pytest.mark.parametrize("code", ["", ".", "..", "../books", "A/B", "A B", "MAIN?x=1", "MAIN#", "%4dAIN", "MÄIN", "-"])
async def test_what_cannot_be_a_branch_code_never_reaches_books(
    neighbour: Neighbour, client: NeighbourClient, code: str
) -> None:
    with pytest.raises(UnknownBranch):
        await books(client).branch(code)

    assert [] == neighbour.asked


@pytest.mark.parametrize(("code", "refusal"), [("copy-not-found", CopyNotFound), ("maintenance", NeighbourUnavailable)])
async def test_only_the_code_of_a_copy_that_is_not_there_means_so(
    neighbour: Neighbour, client: NeighbourClient, code: str, refusal: type[Exception]
) -> None:
    neighbour.body = problem(code)

    with pytest.raises(refusal):
        await books(client).lendable_copy(CopyKey(barcode="x"))


class Library(Neighbour):
    """Answers questions about copies as books does: found, not there, or not understood at all. Slow while shut."""

    def __init__(self) -> None:
        super().__init__()
        self.open = asyncio.Event()
        self.open.set()
        self.begun = asyncio.Event()

    async def answer_batch(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == "/v1/auth/token":
            return self.answer(request)
        self.asked.append(request)
        self.begun.set()
        await self.open.wait()
        asked = [line["barcode"] for line in lines_of(request)]
        if any(barcode.startswith("?") for barcode in asked):
            return httpx.Response(422, json={"code": "validation-failed"})
        items = [
            problem("copy-not-found")["items"][0]
            if barcode.startswith("-")
            else {"found": LENDABILITY | {"barcode": barcode}}
            for barcode in asked
        ]
        return httpx.Response(200, json={"items": items})


async def test_copies_asked_for_while_books_thinks_are_asked_together_and_each_has_its_answer() -> None:
    library = Library()
    client = NeighbourClient(
        base_url="http://books",
        neighbour="books",
        transport=httpx.MockTransport(library.answer_batch),
        timeout=9,
    )
    asking = books(client)
    await asking.lendable_copy(CopyKey(barcode="0"))
    library.open.clear()
    library.begun.clear()
    first = asyncio.create_task(asking.lendable_copy(CopyKey(barcode="1")))
    await library.begun.wait()

    rest = [asyncio.create_task(asking.lendable_copy(CopyKey(barcode=code))) for code in ("2", "-3", "4", "?5", "6")]
    await asyncio.sleep(0)
    library.open.set()
    answers = await asyncio.gather(first, *rest, return_exceptions=True)
    await client.aclose()

    told = [each.barcode if isinstance(each, LendableCopy) else type(each) for each in answers]
    assert ["1", "2", CopyNotFound, "4", NotUnderstood, "6"] == told
    sizes = [len(lines_of(request)) for request in library.asked]
    assert [1, 1, 5, 1, 1, 1, 1, 1] == sizes  # what was not understood together is asked again, each by itself


async def test_books_is_asked_what_it_shows_of_copies(neighbour: Neighbour, client: NeighbourClient) -> None:
    told = {
        "copy_id": str(EMMA_COPY),
        "book_id": None,
        "availability": "on_loan",
        "due_at": "2026-03-23T23:59:59Z",
        "transit_to": None,
        "stands": {"branch": "MAIN", "location": None, "why": "on_loan", "since": "2026-03-02T10:00:00Z"},
    }
    neighbour.body = {"items": [told]}

    (away,) = await books(client).states_away(after=EMMA, limit=7)
    (named,) = await books(client).states_of([EMMA_COPY, EMMA])

    asked = [each.url.raw_path.decode().partition("?")[2] for each in neighbour.asked]
    assert [f"after={EMMA}&limit=7", f"copy_id={EMMA_COPY}&copy_id={EMMA}"] == asked
    assert (EMMA_COPY, "on_loan", 23) == (away.copy_id, away.availability, away.due_at.day if away.due_at else None)
    assert away == named
