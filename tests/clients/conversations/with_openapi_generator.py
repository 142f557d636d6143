"""The main conversation in asynchronous Python, over clients made by openapi-generator: prints what happened.

Arguments: the addresses of books, members and loans, and what shall be different in each conversation.
"""

import asyncio
import sys
from contextlib import AsyncExitStack

import books_client
import loans_client
import members_client


async def main(books: str, members: str, loans: str, mark: str) -> None:
    async with AsyncExitStack() as stack:
        anybody = await stack.enter_async_context(members_client.ApiClient(members_client.Configuration(host=members)))
        token = await members_client.TokensApi(anybody).get_token(
            grant_type="password", username="librarian@library.example", password="librarian-demo-password"
        )
        known = {"access_token": token.access_token}
        at_books = await stack.enter_async_context(
            books_client.ApiClient(books_client.Configuration(host=books, **known))
        )
        at_members = await stack.enter_async_context(
            members_client.ApiClient(members_client.Configuration(host=members, **known))
        )
        at_loans = await stack.enter_async_context(
            loans_client.ApiClient(loans_client.Configuration(host=loans, **known))
        )
        await converse(at_books, at_members, at_loans, mark)


async def converse(
    at_books: books_client.ApiClient,
    at_members: members_client.ApiClient,
    at_loans: loans_client.ApiClient,
    mark: str,
) -> None:
    title = f"The Trial {mark}"
    catalogue, copies = books_client.BooksApi(at_books), books_client.CopiesApi(at_books)
    book = await catalogue.add_book(books_client.BookRequest(title=title, authors=["Franz Kafka"]))
    print("book", book.title == title, book.availability.copies)
    label = books_client.CopyRequest(barcode=f"copy-{mark}", branch="MAIN")
    copy = await copies.add_copy(book.book_id, label)
    print("copy", copy.availability.value)

    membership = members_client.MembersApi(at_members)
    readers = [
        await membership.enrol_member(
            members_client.MemberRequest(name="Josef K.", email=f"{number}-{mark}@readers.example", category="adult")
        )
        for number in range(2)
    ]
    print("members", len({reader.card_number for reader in readers}))

    lending = loans_client.LoansApi(at_loans)
    asked = [
        loans_client.CheckOutRequest(copy_barcode=copy.barcode, card_number=reader.card_number, branch="MAIN")
        for reader in readers
    ]
    loan = await lending.check_out_copy(asked[0], idempotency_key=f"lend-{mark}")
    again = await lending.check_out_copy_with_http_info(asked[0], idempotency_key=f"lend-{mark}")
    print("loan", loan.status.value, loan.due_at > loan.checked_out_at, again.headers["idempotency-replayed"])
    try:
        await lending.check_out_copy(asked[1])
    except loans_client.ApiException as refused:
        print("refused", refused.status, refused.data.code, [each.code for each in refused.data.errors])

    wanted = loans_client.HoldRequest(book_id=book.book_id, card_number=readers[1].card_number, pickup_branch="MAIN")
    hold = await loans_client.HoldsApi(at_loans).place_hold(wanted)
    print("hold", hold.status.value, hold.position)
    scanned = loans_client.ReturnRequest(copy_barcode=copy.barcode, branch="MAIN")
    returned = await loans_client.ReturnsApi(at_loans).return_copy(scanned)
    print("returned", returned.next.value, returned.loan.loan_id == loan.loan_id)

    first = await catalogue.list_books(limit=2)
    second = await catalogue.list_books(limit=2, cursor=first.next_cursor)
    print("pages", len({each.book_id for page in (first, second) for each in page.items}))

    imports = books_client.ImportsApi(at_books)
    file = f"title,authors\nThe Castle {mark},Franz Kafka\n".encode()
    started = await imports.start_import(format="csv", body=file)
    for _ in range(100):
        found = await imports.get_import(started.import_id)
        if found.state in ("done", "failed"):
            break
        await asyncio.sleep(0.1)
    print("imported", found.state, found.created)
    for kind in ("csv", "json"):
        exported = await books_client.ExportsApi(at_books).export_books(kind)
        print("exported", kind, f"The Castle {mark}".encode() in exported)


asyncio.run(main(*sys.argv[1:]))
