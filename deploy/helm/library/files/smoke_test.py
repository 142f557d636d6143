"""Sees whether the library answers: `smoke_test.py BOOKS MEMBERS LOANS [--converse SECRET_FILE]`.

Asks each service whether it is ready, and for its documents. With `--converse` it also walks one copy through the
library, as a kiosk with its own account would: it checks the copy out to a member, and back in. The first time it makes
the book, the copy and the member; later it finds them again, because what was lent stays on record, and only an admin
lets a member be forgotten. The file holds the secret of the client `smoke-test`.
"""

import argparse
import os
import ssl
import sys
import time
from pathlib import Path
from typing import Any

import httpx

BARCODE, BRANCH = "SMOKE-TEST", "SMOKE"


def main() -> None:
    """Run the test; exit at the first wrong answer."""
    parser = argparse.ArgumentParser(description="See whether the library answers.")
    parser.add_argument("services", nargs=3, metavar=("BOOKS", "MEMBERS", "LOANS"))
    parser.add_argument("--converse", type=Path, metavar="SECRET_FILE")
    arguments = parser.parse_args()
    books, members, loans = (base.rstrip("/") for base in arguments.services)
    trust = ssl.create_default_context(cafile=os.environ.get("TLS_CA_FILE"))
    with httpx.Client(timeout=10, verify=trust) as client:
        for base in (books, members, loans):
            ready = expect(200, once_reached(client, f"{base}/health/ready"))
            if "failing" in (ready["checks"]["database"], ready["checks"]["schema"]):
                sys.exit(f"{base} is {ready['status']}: {ready['checks']}")
            for path in ("/docs", "/openapi.json"):
                expect(200, client.get(base + path))
            print(f"{base} is ready and shows its documents")
        if arguments.converse:
            sign_in(client, members, arguments.converse.read_text().strip())
            converse(client, books, members, loans)


def once_reached(client: httpx.Client, address: str, timeout: float = 30) -> httpx.Response:
    """Return the answer. A network may let a new pod through a moment after its start: connecting is tried again."""
    until = time.monotonic() + timeout
    while True:
        try:
            return client.get(address)
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            if time.monotonic() > until:
                sys.exit(f"{address} was not reached within {timeout:g} seconds: {error}")
            time.sleep(1)


def sign_in(client: httpx.Client, members: str, secret: str) -> None:
    """Sign the client in as `smoke-test`."""
    form = {"grant_type": "client_credentials", "client_id": "smoke-test", "client_secret": secret}
    token = expect(200, client.post(f"{members}/v1/auth/token", data=form))["access_token"]
    client.headers["Authorization"] = f"Bearer {token}"


def converse(client: httpx.Client, books: str, members: str, loans: str) -> None:
    """Walk a copy of our own through the library; between two tests it is called lost, so that nobody asks for it."""
    copy, member = the_copy(client, books), the_member(client, members)
    lying = f"{books}/v1/copies/{copy}"
    if expect(200, client.get(lying))["availability"] == "on_loan":  # an earlier test was interrupted
        expect(200, client.post(f"{loans}/v1/returns", json={"copy_id": copy}))
    expect(200, client.post(f"{lying}/status", json={"status": "in_service", "reason": "smoke test"}))
    print(f"books knows that the copy is {wait_for(client, lying, 'available')}")
    loan = expect(201, client.post(f"{loans}/v1/loans", json={"copy_id": copy, "member_id": member}))
    print(f"checked out until {loan['due_at']}; books knows that it is {wait_for(client, lying, 'on_loan')}")
    expect(200, client.post(f"{loans}/v1/returns", json={"copy_id": copy}))
    print(f"returned; books knows that it is {wait_for(client, lying, 'available')}")
    expect(200, client.post(f"{lying}/status", json={"status": "lost", "reason": "smoke test"}))


def the_copy(client: httpx.Client, books: str) -> str:
    """Return the id of the copy that tests lend; make it, its book and its branch where there is none."""
    if found := expect(200, client.get(f"{books}/v1/copies", params={"barcode": BARCODE}))["items"]:
        return str(found[0]["copy_id"])
    if client.get(f"{books}/v1/branches/{BRANCH}").status_code == 404:
        expect(201, client.post(f"{books}/v1/branches", json={"code": BRANCH, "name": "Smoke test"}))
    book = expect(201, client.post(f"{books}/v1/books", json={"title": "Smoke test", "authors": ["Smoke Test"]}))
    shelf = f"{books}/v1/books/{book['book_id']}/copies"
    return str(expect(201, client.post(shelf, json={"barcode": BARCODE, "branch": BRANCH}))["copy_id"])


def the_member(client: httpx.Client, members: str) -> str:
    """Return the id of the member who borrows in tests; enrol it where there is none."""
    identity = {"external_id": "smoke-test"}
    if found := expect(200, client.get(f"{members}/v1/members", params=identity))["items"]:
        return str(found[0]["member_id"])
    person = {
        "name": "Smoke Test",
        "email": "smoke-test@library.invalid",
        "category": "adult",
        "expires_on": "2099-12-31",
    }
    return str(expect(201, client.post(f"{members}/v1/members", json=person | identity))["member_id"])


def expect(status: int, answer: httpx.Response) -> Any:
    """Return what was answered; anything but `status` ends the test."""
    if answer.status_code != status:
        sys.exit(f"{answer.request.method} {answer.request.url} answered {answer.status_code}: {answer.text[:500]}")
    return answer.json() if "json" in answer.headers.get("content-type", "") else {}


def wait_for(client: httpx.Client, address: str, availability: str) -> str:
    """Return `availability` once books says so: events take a moment."""
    for _ in range(60):
        if (seen := expect(200, client.get(address))["availability"]) == availability:
            return availability
        time.sleep(0.5)
    sys.exit(f"{address} is still {seen} after half a minute, not {availability}: do the relays run?")


if __name__ == "__main__":
    main()
