"""Each ability that a discovery front end asks of a library system, by a driver of its own against real services."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.end_to_end.front_end import FrontEnd, Patron
from tests.end_to_end.gears import EmbeddedLibrary
from tests.end_to_end.library import Copy, Member, Person, code_of, done

SECRET = "a secret that only this front end knows"
PIN, PASSWORD = "4819", "a long enough pass phrase"
CLIENTS = {"catalogue": {"secret": SECRET, "password": True, "scopes": ["self", "members:recover", "fines:pay"]}}
EUR = "EUR"


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody at the front end."""

    patron: Patron
    member: Member


@pytest.fixture(scope="module")
async def library() -> AsyncIterator[EmbeddedLibrary]:
    """Start a library that has registered a front end, and has a second branch."""
    async with EmbeddedLibrary(MEMBERS_CLIENTS=json.dumps(CLIENTS)) as opened:
        desk = await opened.librarian()
        done(await desk.post(f"{opened.books}/v1/branches", {"code": "EAST", "name": "East"}))
        yield opened


@pytest.fixture
async def front(library: EmbeddedLibrary) -> FrontEnd:
    return FrontEnd(library.http, library.services, client_id="catalogue", secret=SECRET)


_cards = iter(range(10_000, 20_000))


async def enrol(library: EmbeddedLibrary) -> Member:
    number = next(_cards)
    person = Person(f"front-{number}@readers.example", PASSWORD)
    body = {
        "given_name": "Dorothea",
        "family_name": "Brooke",
        "name": "Dorothea Brooke",
        "email": person.email,
        "mobile": "+44 7700 900018",
        "address": {"street": "1 Lowick Manor", "postal_code": "CV1", "city": "Middlemarch", "country": "GB"},
        "date_of_birth": "1990-05-17",
        "category": "adult",
        "home_branch": "MAIN",
        "pin": PIN,
    }
    made = done(await (await library.librarian()).post(f"{library.members}/v1/members", body))
    activation = {"activation_token": made["activation_token"], "password": PASSWORD}
    done(await library.anybody.post(f"{library.members}/v1/auth/activate", activation))
    return Member(made["member_id"], made["card_number"], person)


async def reader(library: EmbeddedLibrary, front: FrontEnd) -> Reader:
    """Enrol somebody, who signs in with card and PIN."""
    member = await enrol(library)
    patron = await front.patron_login(member.card_number, PIN)
    assert patron is not None
    return Reader(patron, member)


async def with_password(front: FrontEnd, who: Reader) -> Patron:
    """Sign the same reader in with e-mail address and password."""
    patron = await front.patron_login(who.member.person.email, PASSWORD)
    assert patron is not None
    return patron


async def lent(library: EmbeddedLibrary, reader: Reader, title: str = "Middlemarch") -> tuple[Copy, dict[str, Any]]:
    (copy,) = await library.shelve(title=title)
    return copy, done(await library.check_out(copy, reader.member))


async def charge(library: EmbeddedLibrary, reader: Reader, cents: int) -> None:
    body = {"member_id": reader.member.member_id, "kind": "damage", "amount": {"amount": cents, "currency": EUR}}
    done(await (await library.librarian()).post(f"{library.loans}/v1/charges", body))


async def test_patron_login_takes_card_and_pin_or_address_and_password(
    library: EmbeddedLibrary, front: FrontEnd
) -> None:
    member = await enrol(library)

    by_card = await front.patron_login(member.card_number, PIN)
    by_address = await front.patron_login(member.person.email, PASSWORD)

    assert by_card is not None
    assert by_address is not None
    assert member.member_id == by_card.member_id == by_address.member_id
    assert await front.patron_login(member.card_number, "1111") is None
    assert await front.patron_login(member.card_number, "") is None


async def test_get_my_profile_has_its_parts_and_the_reader_changes_them(
    library: EmbeddedLibrary, front: FrontEnd
) -> None:
    dorothea = await reader(library, front)
    who = await with_password(front, dorothea)

    profile = await front.get_my_profile(dorothea.patron)
    changed = await front.update_profile(who, mobile="+44 7700 900019", home_branch="EAST", address={"city": "Tipton"})

    assert ("Dorothea", "Brooke") == (profile["given_name"], profile["family_name"])
    assert {"street", "postal_code", "city", "country"} <= profile["address"].keys()
    assert ("1990-05-17", "MAIN") == (profile["date_of_birth"], profile["home_branch"])
    assert profile["expires_on"] > "2026"
    assert ("Tipton", "1 Lowick Manor") == (changed["address"]["city"], changed["address"]["street"])
    assert "EAST" == await front.get_default_pick_up_location(who)


async def test_get_statuses_shows_copies_and_queues_of_many_titles_in_two_calls(
    library: EmbeddedLibrary, front: FrontEnd
) -> None:
    first, second = await library.shelve(copies=3), await library.shelve(title="Romola")
    who = await reader(library, front)
    loan = done(await library.check_out(second[0], who.member))
    waits = await reader(library, front)
    await front.place_hold(waits.patron, book_id=second[0].book_id)
    await library.shows(second[0], "on_loan")

    found = await front.get_statuses([first[0].book_id, second[0].book_id])

    assert (3, 0) == (found[first[0].book_id]["total"], found[first[0].book_id]["waiting"])
    (copy,) = found[second[0].book_id]["copies"]
    assert 1 == found[second[0].book_id]["waiting"]
    assert ("on_loan", loan["due_at"], "in_service", True) == (
        copy["availability"], copy["due_at"], copy["status"], copy["holdable"],
    )  # fmt: skip
    told = {"copy_id", "barcode", "branch", "location", "shelf_mark", "volume", "note", "transit_to"}
    assert told <= copy.keys()


async def test_get_holding_pages_the_copies_of_one_title(library: EmbeddedLibrary, front: FrontEnd) -> None:
    copies = await library.shelve(copies=5)

    assert 5 == len(await front.get_holding(copies[0].book_id, limit=2))


async def test_a_hold_is_tried_placed_frozen_moved_and_cancelled(library: EmbeddedLibrary, front: FrontEnd) -> None:
    holder, who = await reader(library, front), (await reader(library, front)).patron
    copy, _ = await lent(library, holder)

    places = await front.get_pick_up_locations(who, copy.book_id)
    assert {"MAIN", "EAST"} <= set(places)
    assert [] == await front.check_request_is_valid(who, copy.book_id, pickup_branch="EAST")
    assert ["already-on-loan-to-member"] == await front.check_request_is_valid(holder.patron, copy.book_id)
    days = {"not_before": "2099-01-02", "expires_on": "2099-03-02"}
    hold = await front.place_hold(
        who, book_id=copy.book_id, pickup_branch="MAIN", comment="Large print, please.", **days
    )
    frozen = await front.freeze_hold(who, hold["hold_id"], until="2099-02-01T00:00:00Z")
    thawed = await front.thaw_hold(who, hold["hold_id"])
    moved = await front.update_hold(
        who, hold["hold_id"], pickup_branch="EAST", expires_on="2099-04-01", not_before=None
    )
    (mine,) = await front.get_my_holds(who)
    await front.cancel_hold(who, hold["hold_id"])

    assert (True, False) == (frozen["suspended"], thawed["suspended"])
    assert ("EAST", "2099-04-01", None) == (moved["pickup_branch"], moved["expires_on"], moved["not_before"])
    assert ("waiting", 1, "Large print, please.") == (mine["status"], mine["position"], mine["comment"])
    assert [] == await front.get_my_holds(who)


async def test_loans_say_beforehand_whether_they_can_be_renewed(library: EmbeddedLibrary, front: FrontEnd) -> None:
    who = await reader(library, front)
    free, wanted = await lent(library, who, "Felix Holt"), await lent(library, who, "Adam Bede")
    await front.place_hold((await reader(library, front)).patron, book_id=wanted[0].book_id)

    page = await front.get_my_transactions(who.patron, sort="title", limit=1)
    rest = await front.get_my_transactions(who.patron, sort="title", cursor=page["next_cursor"])
    second, first = rest["items"][0], page["items"][0]
    renewed = await front.renew_my_items(who.patron, [second["loan_id"], first["loan_id"]])

    assert (2, "Adam Bede", "Felix Holt") == (page["total"], first["title"], second["title"])
    assert ({"allowed": True, "refusals": []}, 0) == (second["renewal"], second["waiting"])
    assert (["held-by-other"], 1) == ([each["code"] for each in first["renewal"]["refusals"]], first["waiting"])
    assert ["held-by-other"] == renewed[first["loan_id"]]
    assert renewed[second["loan_id"]] >= free[1]["due_at"]


async def test_readers_purge_their_own_history_in_part_or_whole(library: EmbeddedLibrary, front: FrontEnd) -> None:
    who = await reader(library, front)
    past = []
    for _ in range(3):
        copy, loan = await lent(library, who)
        done(await library.give_back(copy))
        past.append(loan["loan_id"])

    own = await with_password(front, who)
    before = await front.get_my_transaction_history(own)
    await front.purge_transaction_history(own, past[0])
    without_one = await front.get_my_transaction_history(own)
    await front.purge_transaction_history(own)

    assert set(past) == {loan["loan_id"] for loan in before}
    assert set(past[1:]) == {loan["loan_id"] for loan in without_one}
    assert [] == await front.get_my_transaction_history(own)


async def test_card_and_pin_alone_show_no_history_and_change_no_record(
    library: EmbeddedLibrary, front: FrontEnd
) -> None:
    who = await reader(library, front)
    headers = {"Authorization": f"Bearer {who.patron.token}", "If-Match": "*"}

    refused = [
        await library.http.get(f"{library.loans}/v1/loans/mine?status=returned", headers=headers),
        await library.http.delete(f"{library.loans}/v1/borrowers/me/history", headers=headers),
        await library.http.get(f"{library.loans}/v1/borrowers/{who.member.member_id}/export", headers=headers),
        await library.http.patch(f"{library.members}/v1/members/me", json={"phone": "1"}, headers=headers),
        await library.http.get(f"{library.members}/v1/members/{who.member.member_id}/export", headers=headers),
    ]

    assert {(403, "pin-not-enough")} == {(answer.status_code, code_of(answer)) for answer in refused}


async def test_several_fines_are_paid_under_one_reference_that_counts_once(
    library: EmbeddedLibrary, front: FrontEnd
) -> None:
    who = await reader(library, front)
    _, loan = await lent(library, who, "Silas Marner")
    done(await (await library.librarian()).post(f"{library.loans}/v1/loans/{loan['loan_id']}/declare-lost", {}))
    await charge(library, who, 300)

    owed = await front.get_my_fines(who.patron)
    paid = await front.register_payment(who.patron, owed, "provider-4711")
    again = await front.register_payment(who.patron, owed, "provider-4711")

    titles = {fine["loan"]["title"] for fine in owed if fine["loan"] is not None}
    assert ({"Silas Marner"}, 3) == (titles, len(owed))
    assert 3 == len(paid["paid"])
    assert paid == again
    assert [] == await front.get_my_fines(who.patron)


async def test_the_right_to_take_payments_does_nothing_else(library: EmbeddedLibrary, front: FrontEnd) -> None:
    form = {"grant_type": "client_credentials", "scope": "fines:pay"}
    answer = await library.http.post(f"{library.members}/v1/auth/token", data=form, auth=("catalogue", SECRET))
    (copy,), who = await library.shelve(), await reader(library, front)
    headers = {"Authorization": f"Bearer {done(answer)['access_token']}"}

    body = {"copy_barcode": copy.barcode, "card_number": who.member.card_number}
    lends = await library.http.post(f"{library.loans}/v1/loans", json=body, headers=headers)
    looks = await library.http.get(f"{library.loans}/v1/fines", headers=headers)

    assert ["forbidden", "forbidden"] == [code_of(lends), code_of(looks)]


async def test_blocks_are_told_as_codes(library: EmbeddedLibrary, front: FrontEnd) -> None:
    who = await reader(library, front)
    before = await front.get_request_blocks(who.patron)
    await charge(library, who, 2_000)

    assert ([], ["fines-owed"]) == (before, await front.get_account_blocks(who.patron))
    assert 2_000 == (await front.account_summary(who.patron))["owed"]["amount"]


async def test_password_and_pin_are_changed_and_recovered(library: EmbeddedLibrary, front: FrontEnd) -> None:
    member = await enrol(library)
    email, card = member.person.email, member.card_number
    by_address = await front.patron_login(email, PASSWORD)
    assert by_address is not None

    await front.change_pin(by_address, PIN, "1397")
    await front.change_password(by_address, PASSWORD, "seven-quiet-otters-read")
    changed = [await front.patron_login(card, "1397"), await front.patron_login(email, "seven-quiet-otters-read")]
    await front.reset_password(await front.get_password_recovery_data(card, email), "eight-loud-badgers-sing")
    recovered = await front.patron_login(email, "eight-loud-badgers-sing")
    assert recovered is not None
    await front.reset_pin(await front.get_password_recovery_data(card, email), "9753")

    assert None not in changed
    assert await front.patron_login(email, "seven-quiet-otters-read") is None
    assert await front.patron_login(card, "9753") is not None


async def test_what_is_new_and_what_is_gone_is_told_to_indexes(library: EmbeddedLibrary, front: FrontEnd) -> None:
    since = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    desk = await library.librarian()
    body = {"title": "A title that goes", "authors": ["Nobody"]}
    book = done(await desk.post(f"{library.books}/v1/books", body))
    new = await front.get_new_items(10)
    headers = {"Authorization": f"Bearer {desk.token}", "If-Match": "*"}
    gone = await library.http.delete(f"{library.books}/v1/books/{book['book_id']}", headers=headers)

    assert 204 == gone.status_code
    assert book["book_id"] in new
    assert book["book_id"] in await front.get_suppressed_records(since)
    assert not await front.get_offline_mode()
