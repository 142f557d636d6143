"""Loans' own readers, put before what books and members really answer."""

from collections.abc import AsyncIterator
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest

from loans_service.adapters.books_over_http import BooksOverHttp
from loans_service.adapters.holds.stock_over_http import StockOverHttp
from loans_service.adapters.members_over_http import MembersOverHttp
from loans_service.application.neighbours import BookKey, MemberKey
from loans_service.domain.borrower import CardReplaced, CardStopped, MemberNotFound
from loans_service.domain.circulating_copy import CopyKey
from loans_service.domain.lendable_copy import BookNotFound, CopyNotFound, UnknownBranch
from shared.kernel.ids import new_id
from shared.outgoing_http import AccessToken, Neighbour, NeighbourClient
from tests.end_to_end.gears import EmbeddedLibrary
from tests.end_to_end.library import done

_LONG = 20.0  # seconds; what an answer means is looked at here, not how soon it comes


@pytest.fixture
async def client(embedded: EmbeddedLibrary) -> AsyncIterator[NeighbourClient]:
    client = NeighbourClient(base_url=embedded.members, neighbour="members", service="loans", timeout=_LONG)
    async with aclosing(client):
        yield client


@pytest.fixture
def token(client: NeighbourClient, embedded: EmbeddedLibrary) -> AccessToken:
    secret = Path(embedded.process.environment["DATA_DIR"], "loans-client-secret").read_text()
    return AccessToken.of_client(client, client_id="loans", client_secret=secret)


@pytest.fixture
def members(client: NeighbourClient, token: AccessToken) -> MembersOverHttp:
    return MembersOverHttp(Neighbour(client, token))


@pytest.fixture
async def books(embedded: EmbeddedLibrary, token: AccessToken) -> AsyncIterator[BooksOverHttp]:
    client = NeighbourClient(base_url=embedded.books, neighbour="books", service="loans", timeout=_LONG)
    async with aclosing(client):
        yield BooksOverHttp(Neighbour(client, token))


async def test_a_lendable_copy_is_understood_by_barcode_and_by_id(
    embedded: EmbeddedLibrary, books: BooksOverHttp
) -> None:
    (copy,) = await embedded.shelve(title="Romola")

    found = await books.lendable_copy(CopyKey(barcode=copy.barcode))

    assert (copy.copy_id, copy.book_id, copy.barcode) == (str(found.copy_id), str(found.book_id), found.barcode)
    assert ("Romola", "MAIN", "book", ()) == (found.title, found.branch, found.item_type, found.refusals)
    assert found == await books.lendable_copy(CopyKey(copy_id=found.copy_id))


async def test_a_title_is_understood_by_each_of_its_names(embedded: EmbeddedLibrary, books: BooksOverHttp) -> None:
    (copy,) = await embedded.shelve(title="Felix Holt")

    found = await books.requested_item(BookKey(book_id=copy.book_id))

    assert (copy.book_id, "Felix Holt", True, ("book",)) == (
        str(found.book_id), found.title, found.holdable, found.item_types
    )  # fmt: skip
    for unknown in (BookKey(isbn="12"), BookKey(external_id="none"), BookKey(book_id="none")):
        with pytest.raises(BookNotFound):
            await books.requested_item(unknown)


async def test_why_a_copy_is_not_lent_is_understood(embedded: EmbeddedLibrary, books: BooksOverHttp) -> None:
    (copy,) = await embedded.shelve()
    desk = await embedded.librarian()
    body = {"status": "in_repair", "reason": "torn cover"}
    done(await desk.post(f"{embedded.books}/v1/copies/{copy.copy_id}/status", body))

    (refusal,) = (await books.lendable_copy(CopyKey(barcode=copy.barcode))).refusals

    assert ("copy-not-lendable", "in_repair") == (refusal.code, refusal.figures["status"])


async def test_which_copies_of_a_book_are_lent_is_understood(embedded: EmbeddedLibrary, books: BooksOverHttp) -> None:
    first, second = await embedded.shelve(title="Felix Holt", copies=2)
    desk = await embedded.librarian()
    body = {"status": "in_repair", "reason": "torn cover"}
    done(await desk.post(f"{embedded.books}/v1/copies/{first.copy_id}/status", body))
    stock = StockOverHttp(books._books)

    found = await stock.copies_of(UUID(first.book_id))

    assert (first.book_id, "Felix Holt", 2, True) == (str(found.book_id), found.title, found.holdable, found.complete)
    assert [(second.barcode, "MAIN", "book")] == [(c.barcode, c.home_branch, c.item_type) for c in found.copies]
    assert ("book",) == found.item_types
    with pytest.raises(BookNotFound):
        await stock.copies_of(new_id())


async def test_which_copies_of_one_volume_are_lent_is_understood(
    embedded: EmbeddedLibrary, books: BooksOverHttp
) -> None:
    (other,) = await embedded.shelve()
    desk = await embedded.librarian()
    of_volumes = f"{embedded.books}/v1/books/{other.book_id}/copies"
    for number, volume in enumerate(("1", "Vol. 2")):
        copy = {"barcode": f"{other.barcode}{number}", "branch": "MAIN", "item_type": "book", "volume": volume}
        done(await desk.post(of_volumes, copy))

    found = await StockOverHttp(books._books).copies_of(UUID(other.book_id), volume="2")

    assert found.volume is not None
    assert ([f"{other.barcode}1"], "Vol. 2") == ([copy.barcode for copy in found.copies], found.volume.volume)
    assert ["1", "Vol. 2"] == [each.volume for each in found.volumes]


async def test_a_branch_is_understood_however_it_is_written(embedded: EmbeddedLibrary, books: BooksOverHttp) -> None:
    desk = await embedded.librarian()
    done(await desk.post(f"{embedded.books}/v1/branches", {"code": "Hill-2", "name": "On the hill"}))

    assert ["Hill-2", "MAIN"] == [await books.branch(code) for code in ("hill-2", "main")]
    with pytest.raises(UnknownBranch):
        await books.branch("ATLANTIS")


async def test_the_branch_that_asks_for_a_copy_is_understood(embedded: EmbeddedLibrary, books: BooksOverHttp) -> None:
    (copy,) = await embedded.shelve()

    asked = [await books.lendable_copy(CopyKey(barcode=copy.barcode), desk=code) for code in ("main", "ATLANTIS")]

    assert ["MAIN", None] == [found.desk for found in asked]


async def test_an_unknown_copy_is_understood(books: BooksOverHttp) -> None:
    with pytest.raises(CopyNotFound):
        await books.lendable_copy(CopyKey(barcode="no such barcode"))


async def test_a_member_in_good_standing_is_understood_by_card_and_by_id(
    embedded: EmbeddedLibrary, members: MembersOverHttp
) -> None:
    reader = await embedded.enrol("student")

    found = await members.standing(MemberKey(card_number=reader.card_number))

    assert () == found.against_renewal == found.against_hold
    assert (reader.member_id, "student", ()) == (str(found.member_id), found.category, found.refusals)
    assert found == await members.standing(MemberKey(member_id=found.member_id))


async def test_why_a_member_may_not_borrow_is_understood(embedded: EmbeddedLibrary, members: MembersOverHttp) -> None:
    yesterday = (datetime.now(UTC) - timedelta(days=1)).date().isoformat()
    body = {"name": "Tertius Lydgate", "email": "expired@readers.example", "category": "adult", "expires_on": yesterday}
    desk = await embedded.librarian()
    member = done(await desk.post(f"{embedded.members}/v1/members", body))

    standing = await members.standing(MemberKey(card_number=member["card_number"]))

    for refusals in (standing.refusals, standing.against_renewal, standing.against_hold):
        assert ["membership-expired"] == [refusal.code for refusal in refusals]


async def test_an_unknown_member_is_understood(members: MembersOverHttp) -> None:
    with pytest.raises(MemberNotFound):
        await members.standing(MemberKey(card_number="29999999999999"))


async def test_a_replaced_card_is_understood(embedded: EmbeddedLibrary, members: MembersOverHttp) -> None:
    reader = await embedded.enrol()
    desk = await embedded.librarian()
    done(await desk.post(f"{embedded.members}/v1/members/{reader.member_id}/cards", {}))

    with pytest.raises(CardReplaced):
        await members.standing(MemberKey(card_number=reader.card_number))


async def test_a_lost_card_is_understood(embedded: EmbeddedLibrary, members: MembersOverHttp) -> None:
    reader = await embedded.enrol()
    desk = await embedded.librarian()
    path = f"{embedded.members}/v1/members/{reader.member_id}/cards/{reader.card_number}/stop"
    done(await desk.post(path, {}))

    with pytest.raises(CardStopped):
        await members.standing(MemberKey(card_number=reader.card_number))
