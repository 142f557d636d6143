"""Writes what FOLIO's APIs tell as files that the library imports: `python docs/from_folio.py SOURCE TARGET`.

The folder SOURCE holds what these answer, under these names: /users users.json, /groups groups.json,
/holdings-storage/holdings holdings.json, /inventory/items items.json, and, only what is open, /circulation/loans
loans.json, /circulation/requests requests.json, /accounts accounts.json; and words.json: what your words are here.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

STATUSES = {
    "In process": "in_processing",
    "On order": "on_order",
    "Missing": "missing",
    "Withdrawn": "withdrawn",
    "Lost and paid": "lost",
    "Long missing": "missing",
}
"""What an item of FOLIO may be that is a status here; where it is in circulation, loans and requests tell."""
LOANS = {"Declared lost": "lost", "Aged to lost": "lost", "Claimed returned": "claimed_returned"}
REQUESTS = {"Open - Awaiting pickup": "ready", "Open - In transit": "in_transit"}


class Folio:
    """The answers of FOLIO in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._words = self._read("words")
        self._cards = {user["id"]: user.get("barcode") for user in self.listed("users")}

    def _read(self, name: str) -> dict[str, Any]:
        content: dict[str, Any] = json.loads((self._folder / f"{name}.json").read_text(encoding="utf-8"))
        return content

    def listed(self, name: str) -> list[dict[str, Any]]:
        return next(each for each in self._read(name).values() if isinstance(each, list))

    def word(self, kind: str, folio: str | None) -> str | None:
        """Return what a word of FOLIO is called here; one that is not in words.json stays, and an import says so."""
        return None if folio is None else self._words[kind].get(folio, folio)

    def members(self) -> Iterator[dict[str, Any]]:
        groups = {group["id"]: group["group"] for group in self.listed("groups")}
        for user in self.listed("users"):
            person = user["personal"]
            homes = sorted(person.get("addresses", []), key=lambda one: not one.get("primaryAddress"))
            home = homes[0] if homes else {}
            yield {
                "external_id": user["id"],
                "card_number": user.get("barcode"),
                "family_name": person["lastName"],
                "given_name": person.get("firstName"),
                "email": person.get("email"),
                "phone": person.get("phone"),
                "mobile": person.get("mobilePhone"),
                "date_of_birth": _day(person.get("dateOfBirth")),
                "category": self.word("categories", groups.get(user.get("patronGroup"))),
                "joined_on": _day(user.get("enrollmentDate")),
                "expires_on": _day(user.get("expirationDate")),
                "address": {
                    "street": home.get("addressLine1"),
                    "postal_code": home.get("postalCode"),
                    "city": home.get("city"),
                    "country": home.get("countryId"),
                },
            }

    def copies(self) -> Iterator[dict[str, Any]]:
        instances = {one["id"]: one["instanceId"] for one in self.listed("holdings")}
        for item in self.listed("items"):
            yield {
                "external_id": item["id"],
                "barcode": item.get("barcode"),
                "book": instances[item["holdingsRecordId"]],
                "branch": self.word("branches", item["effectiveLocation"]["name"]),
                "item_type": self.word("item_types", item["materialType"]["name"]),
                "shelf_mark": item.get("effectiveCallNumberComponents", {}).get("callNumber"),
                "volume": item.get("volume"),
                "status": STATUSES.get(item["status"]["name"]),
            }

    def loans(self) -> Iterator[dict[str, Any]]:
        for loan in self.listed("loans"):
            yield {
                "external_id": loan["id"],
                "barcode": loan["item"]["barcode"],
                "card_number": loan["borrower"]["barcode"],
                "checked_out_at": loan["loanDate"],
                "due_at": loan["dueDate"],
                "renewals": loan.get("renewalCount"),
                "branch": self.word("branches", loan.get("checkoutServicePoint", {}).get("code")),
                "status": (status := LOANS.get(loan.get("itemStatus", ""))),
                "status_since": _since(loan) if status else None,
            }

    def holds(self) -> Iterator[dict[str, Any]]:
        for request in sorted(self.listed("requests"), key=lambda one: (one["requestDate"], one.get("position", 0))):
            status, barcode = REQUESTS.get(request["status"]), request.get("item", {}).get("barcode")
            for_copy = status is None and request.get("requestLevel") == "Item"
            yield {
                "external_id": request["id"],
                "book": None if for_copy else request["instanceId"],
                "barcode": barcode if for_copy else None,
                "card_number": request["requester"]["barcode"],
                "placed_at": request["requestDate"],
                "pickup_branch": self.word("branches", request.get("pickupServicePoint", {}).get("code")),
                "status": status,
                "copy_barcode": barcode if status else None,
                "pickup_until": request.get("holdShelfExpirationDate"),
                "expires_on": (request.get("requestExpirationDate") or "")[:10] or None,
                "comment": request.get("patronComments"),
                "kind": "recall" if request["requestType"] == "Recall" else None,
            }

    def fines(self) -> Iterator[dict[str, Any]]:
        for account in self.listed("accounts"):
            amount, remaining = round(100 * account["amount"]), round(100 * account["remaining"])
            yield {
                "external_id": account["id"],
                "card_number": self._cards[account["userId"]],
                "reason": self.word("reasons", account["feeFineType"]),
                "amount": amount,
                "paid": amount - remaining,
                "since": account["dateCreated"],
                "barcode": account.get("barcode"),
                "note": account["feeFineType"],
            }


def _since(loan: dict[str, Any]) -> str | None:
    """Return when the copy of a loan was claimed returned or counted as lost."""
    aged = loan.get("agedToLostDelayedBilling", {}).get("agedToLostDate")
    since: str | None = loan.get("claimedReturnedDate") or loan.get("declaredLostDate") or aged
    return since


def _day(moment: str | None) -> str | None:
    return moment and moment[:10]


def main(source: Path, target: Path) -> None:
    """Write a file of JSON Lines for each import."""
    folio = Folio(source)
    target.mkdir(parents=True, exist_ok=True)
    files = {
        "members": folio.members(),
        "copies": folio.copies(),
        "loans": folio.loans(),
        "holds": folio.holds(),
        "fines": folio.fines(),
    }
    for name, records in files.items():
        bare = ({key: value for key, value in record.items() if value not in (None, "")} for record in records)
        lines = [json.dumps(record, ensure_ascii=False) for record in bare]
        (target / f"{name}.jsonl").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        print(f"{name}: {len(lines)}")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
