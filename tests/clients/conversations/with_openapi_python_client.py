"""The main conversation in Python, over clients made by openapi-python-client: prints what happened, step by step.

Arguments: the addresses of books, members and loans, and what shall be different in each conversation.
"""

import sys
import time
from io import BytesIO

import books_client
import loans_client
import members_client
from books_client.api.books import add_book, list_books
from books_client.api.copies import add_copy
from books_client.api.exports import export_books
from books_client.api.imports import get_import, start_import
from books_client.models import BookRequest, CopyRequest, ExportBooksFormat, StartImportFormat
from books_client.types import File
from loans_client.api.holds import place_hold
from loans_client.api.loans import check_out_copy
from loans_client.api.returns import return_copy
from loans_client.models import CheckOutRequest, HoldRequest, ReturnRequest
from members_client.api.members import enrol_member
from members_client.api.tokens import get_token
from members_client.models import MemberRequest, TokenRequest, TokenRequestGrantType


def main(books: str, members: str, loans: str, mark: str) -> None:
    credentials = {"username": "librarian@library.example", "password": "librarian-demo-password"}
    form = TokenRequest(grant_type=TokenRequestGrantType.PASSWORD, **credentials)
    token = get_token.sync(client=members_client.Client(base_url=members), body=form).access_token
    at_books = books_client.AuthenticatedClient(base_url=books, token=token)
    at_members = members_client.AuthenticatedClient(base_url=members, token=token)
    at_loans = loans_client.AuthenticatedClient(base_url=loans, token=token)

    title = f"The Trial {mark}"
    book = add_book.sync(client=at_books, body=BookRequest(title=title, authors=["Franz Kafka"]))
    print("book", book.title == title, book.availability.copies)
    label = CopyRequest(barcode=f"copy-{mark}", branch="MAIN")
    copy = add_copy.sync(client=at_books, book_id=book.book_id, body=label)
    print("copy", copy.availability.value)

    readers = [
        enrol_member.sync(
            client=at_members,
            body=MemberRequest(name="Josef K.", email=f"{number}-{mark}@readers.example", category="adult"),
        )
        for number in range(2)
    ]
    print("members", len({reader.card_number for reader in readers}))

    asked = [
        CheckOutRequest(copy_barcode=copy.barcode, card_number=reader.card_number, branch="MAIN") for reader in readers
    ]
    loan = check_out_copy.sync(client=at_loans, body=asked[0], idempotency_key=f"lend-{mark}")
    again = check_out_copy.sync_detailed(client=at_loans, body=asked[0], idempotency_key=f"lend-{mark}")
    print("loan", loan.status.value, loan.due_at > loan.checked_out_at, again.headers["Idempotency-Replayed"])
    refused = check_out_copy.sync_detailed(client=at_loans, body=asked[1])
    print("refused", refused.status_code.value, refused.parsed.code, [each.code for each in refused.parsed.errors])

    wanted = HoldRequest(book_id=book.book_id, card_number=readers[1].card_number, pickup_branch="MAIN")
    hold = place_hold.sync(client=at_loans, body=wanted)
    print("hold", hold.status.value, hold.position)
    returned = return_copy.sync(client=at_loans, body=ReturnRequest(copy_barcode=copy.barcode, branch="MAIN"))
    print("returned", returned.next_.value, returned.loan.loan_id == loan.loan_id)

    first = list_books.sync(client=at_books, limit=2)
    second = list_books.sync(client=at_books, limit=2, cursor=first.next_cursor)
    print("pages", len({each.book_id for page in (first, second) for each in page.items}))

    file = File(payload=BytesIO(f"title,authors\nThe Castle {mark},Franz Kafka\n".encode()))
    started = start_import.sync(client=at_books, body=file, format_=StartImportFormat.CSV)
    for _ in range(100):
        found = get_import.sync(client=at_books, import_id=started.import_id)
        if found.state.value in ("done", "failed"):
            break
        time.sleep(0.1)
    print("imported", found.state.value, found.created)
    for kind in (ExportBooksFormat.CSV, ExportBooksFormat.JSON):
        exported = export_books.sync(client=at_books, format_=kind).payload.read()
        print("exported", kind.value, f"The Castle {mark}".encode() in exported)


main(*sys.argv[1:])
