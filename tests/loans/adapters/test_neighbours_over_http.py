import asyncio
import json
from collections.abc import AsyncIterator, Callable
from datetime import date
from typing import Any

import httpx
import pytest

from loans_service.adapters.books_over_http import BooksOverHttp
from loans_service.adapters.members_over_http import MembersOverHttp
from loans_service.adapters.own_token import OwnToken
from loans_service.application.neighbours import CopyKey, MemberKey
from loans_service.domain.borrower import CardReplaced, MemberNotFound
from loans_service.domain.lendable_copy import CopyNotFound, LendableCopy, UnknownBranch
from shared.kernel.errors import NeighbourUnavailable
from shared.outgoing_http import NeighbourClient, neighbour_client
from tests.loans.makers import ADA, EMMA, EMMA_COPY

Answer = Callable[[httpx.Request], httpx.Response]

LENDABILITY: dict[str, Any] = {
    "copy_id": str(EMMA_COPY),
    "book_id": str(EMMA),
    "barcode": "30000000000019",
    "title": "Emma",
    "branch": "MAIN",
    "item_type": "book",
    "price": None,
    "desk_branch": None,
    "timezone": "Europe/Vienna",
    "lendable": True,
    "refusals": [],
}
STANDING: dict[str, Any] = {
    "member_id": str(ADA),
    "category": "adult",
    "expires_on": "2027-01-01",
    "may_borrow": True,
    "may_renew": True,
    "may_hold": True,
    "refusals": [],
}


def found(*things: dict[str, Any]) -> dict[str, Any]:
    return {"items": [{"found": thing} for thing in things]}


def problem(code: str) -> dict[str, Any]:
    return {"items": [{"problem": {"code": code, "detail": "No."}}]}


def lines_of(asked: httpx.Request) -> list[dict[str, str]]:
    """Return the questions that one request asks."""
    (lines,) = json.loads(asked.content).values()
    return list(lines)


class Neighbour:
    """The other end of the line: answers what a test tells it to, and remembers what it was asked."""

    def __init__(self) -> None:
        self.status = 200
        self.body: Any = {}
        self.token_status = 200
        self.tokens = 0
        self.asked: list[httpx.Request] = []

    def answer(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == "/v1/auth/token":
            self.tokens += 1
            return httpx.Response(self.token_status, json={"access_token": f"token-{self.tokens}", "expires_in": 900})
        self.asked.append(request)
        content = self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()
        return httpx.Response(self.status, content=content)


@pytest.fixture
def neighbour() -> Neighbour:
    return Neighbour()


@pytest.fixture
async def client(neighbour: Neighbour) -> AsyncIterator[NeighbourClient]:
    transport = httpx.MockTransport(neighbour.answer)
    client = neighbour_client(base_url="http://neighbour", neighbour="test", transport=transport)
    yield client
    await client.aclose()


def books(client: NeighbourClient) -> BooksOverHttp:
    return BooksOverHttp(client, OwnToken(client, client_id="loans", client_secret="secret"))


def members(client: NeighbourClient) -> MembersOverHttp:
    return MembersOverHttp(client, OwnToken(client, client_id="loans", client_secret="secret"))


async def test_books_is_asked_by_barcode_with_our_own_token(neighbour: Neighbour, client: NeighbourClient) -> None:
    neighbour.body = found(LENDABILITY)

    copy = await books(client).lendable_copy(CopyKey(barcode="30000000000019"))

    (asked,) = neighbour.asked
    assert ("POST", "/v1/copies/lendability") == (asked.method, asked.url.raw_path.decode())
    assert {"copies": [{"barcode": "30000000000019"}]} == json.loads(asked.content)
    assert "Bearer token-1" == asked.headers["Authorization"]
    assert (EMMA_COPY, EMMA, "Emma", ()) == (copy.copy_id, copy.book_id, copy.title, copy.refusals)


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


async def test_members_reasons_are_taken_by_what_they_stop(neighbour: Neighbour, client: NeighbourClient) -> None:
    told = {
        **STANDING,
        "may_borrow": False,
        "may_renew": False,
        "may_hold": False,
        "refusals": [
            {"code": "member-suspended", "detail": "Until May.", "actions": ["borrow", "renew"], "until": "2026-05-01"},
            {"code": "member-blocked", "detail": "No holds.", "actions": ["hold"]},
            {"code": "member-on-the-moon", "detail": "A reason of tomorrow.", "actions": ["borrow"]},
        ],
    }
    neighbour.body = found(told)

    standing = await members(client).standing(MemberKey(card_number="20000000000018"))

    assert (ADA, date(2027, 1, 1)) == (standing.member_id, standing.membership_ends)
    assert ["member-suspended", "member-not-in-good-standing"] == [refusal.code for refusal in standing.refusals]
    assert {"until": "2026-05-01"} == standing.refusals[0].figures
    assert ["member-suspended"] == [refusal.code for refusal in standing.against_renewal]
    assert ["member-blocked"] == [refusal.code for refusal in standing.against_hold]


async def test_a_member_who_may_not_is_refused_even_without_a_reason(
    neighbour: Neighbour, client: NeighbourClient
) -> None:
    neighbour.body = found({**STANDING, "may_renew": False, "may_hold": False})

    standing = await members(client).standing(MemberKey(card_number="20000000000018"))

    assert () == standing.refusals
    for refusals in (standing.against_renewal, standing.against_hold):
        assert ["member-not-in-good-standing"] == [refusal.code for refusal in refusals]


async def test_books_is_asked_for_a_branch_once_a_minute(neighbour: Neighbour, client: NeighbourClient) -> None:
    now = 0.0
    neighbour.body = {"code": "East-1", "name": "Eastern branch", "timezone": "Europe/Vienna"}
    asking = BooksOverHttp(client, OwnToken(client, client_id="l", client_secret="s"), monotonic=lambda: now)

    assert ["East-1"] * 3 == [await asking.branch(code) for code in ("east-1", "EAST-1", " East-1 ")]
    assert ["/v1/branches/EAST-1"] == [request.url.path for request in neighbour.asked]
    now = 60.0
    await asking.branch("east-1")
    assert 2 == len(neighbour.asked)


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


@pytest.mark.parametrize(
    ("code", "refusal"),
    [("member-not-found", MemberNotFound), ("card-replaced", CardReplaced), ("maintenance", NeighbourUnavailable)],
)
async def test_only_the_code_of_a_member_who_is_not_there_means_so(
    neighbour: Neighbour, client: NeighbourClient, code: str, refusal: type[Exception]
) -> None:
    neighbour.body = problem(code)

    with pytest.raises(refusal):
        await members(client).standing(MemberKey(card_number="x"))


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
    client = neighbour_client(
        base_url="http://books",
        neighbour="books",
        transport=httpx.MockTransport(library.answer_batch),
        attempt_timeout=9,
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
    assert ["1", "2", CopyNotFound, "4", NeighbourUnavailable, "6"] == told
    sizes = [len(lines_of(request)) for request in library.asked]
    assert [1, 1, 5, 1, 1, 1, 1, 1] == sizes  # what was not understood together is asked again, each by itself


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


@pytest.mark.parametrize(("status", "body"), HOSTILE)
async def test_whatever_a_neighbour_answers_the_desk_hears_that_it_is_unavailable(
    neighbour: Neighbour, client: NeighbourClient, status: int, body: Any
) -> None:
    neighbour.status, neighbour.body = status, body

    with pytest.raises(NeighbourUnavailable):
        await books(client).lendable_copy(CopyKey(barcode="x"))
    with pytest.raises(NeighbourUnavailable):
        await members(client).standing(MemberKey(card_number="x"))


async def test_a_token_is_fetched_once_and_again_in_good_time(neighbour: Neighbour, client: NeighbourClient) -> None:
    time = 0.0
    token = OwnToken(client, client_id="loans", client_secret="secret", monotonic=lambda: time)

    first, second = await token.header(), await token.header()
    time = 0.81 * 900
    third = await token.header()

    assert first == second
    assert {"Authorization": "Bearer token-2"} == third


async def test_a_token_that_still_lasts_is_used_while_members_does_not_answer(
    neighbour: Neighbour, client: NeighbourClient
) -> None:
    time = 0.0
    token = OwnToken(client, client_id="loans", client_secret="secret", monotonic=lambda: time)
    first = await token.header()
    neighbour.token_status = 503

    time = 890.0
    assert first == await token.header()
    time = 899.0
    with pytest.raises(NeighbourUnavailable):
        await token.header()


async def test_a_token_that_a_neighbour_rejects_is_fetched_anew(neighbour: Neighbour, client: NeighbourClient) -> None:
    neighbour.status = 401
    catalogue = books(client)
    with pytest.raises(NeighbourUnavailable):
        await catalogue.lendable_copy(CopyKey(barcode="x"))

    neighbour.status, neighbour.body = 200, found(LENDABILITY)
    await catalogue.lendable_copy(CopyKey(barcode="x"))

    assert ["Bearer token-1", "Bearer token-2"] == [request.headers["Authorization"] for request in neighbour.asked]


async def test_wrong_credentials_are_named_as_such(neighbour: Neighbour, client: NeighbourClient) -> None:
    neighbour.token_status = 401

    with pytest.raises(NeighbourUnavailable, match="LOANS_CLIENT_SECRET"):
        await books(client).lendable_copy(CopyKey(barcode="x"))


async def test_books_is_asked_what_it_shows_of_copies(neighbour: Neighbour, client: NeighbourClient) -> None:
    told = {"copy_id": str(EMMA_COPY), "book_id": None, "availability": "on_loan", "due_at": "2026-03-23T23:59:59Z"}
    neighbour.body = {"items": [told]}

    (away,) = await books(client).shown_away(after=EMMA, limit=7)
    (named,) = await books(client).shown_of([EMMA_COPY, EMMA])

    asked = [each.url.raw_path.decode().partition("?")[2] for each in neighbour.asked]
    assert [f"after={EMMA}&limit=7", f"copy_id={EMMA_COPY}&copy_id={EMMA}"] == asked
    assert (EMMA_COPY, "on_loan", 23) == (away.copy_id, away.availability, away.due_at.day if away.due_at else None)
    assert away == named
