"""What staff write about a member stays theirs: no answer to the member holds it, nor tells which of them wrote it."""

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from tests.end_to_end.gears import EmbeddedLibrary
from tests.end_to_end.library import ApiClient, Member, done
from tests.end_to_end.who_may import ROWS

STAFFS = "from staff to staff"
TOLD = "for the member to read"


@dataclass(frozen=True, slots=True)
class Written:
    """A member about whom staff wrote wherever something can be written, and the ids of what they wrote on."""

    reader: Member
    loans: list[str]
    fines: list[str]
    copy_id: str
    book_id: str

    def addresses(self, library: EmbeddedLibrary) -> Iterator[str]:
        """Yield the address of every GET that there is, with each id of this member's things."""
        for row in ROWS:
            if row.method != "GET":
                continue
            for loan, fine in zip(self.loans, [*self.fines, *self.loans], strict=False):
                ids = {
                    "ada": self.reader.member_id, "loan": loan, "fine": fine, "book": self.book_id,
                    "copy": self.copy_id,
                }  # fmt: skip
                path = row.target
                for name, found in ids.items():
                    path = path.replace(f"{{{name}}}", found)
                yield f"{library.services[row.service]}{path}"


@pytest.fixture(scope="module")
async def written(embedded: EmbeddedLibrary) -> Written:
    reader, desk = await embedded.enrol(), await embedded.librarian()
    copies, loans = await embedded.shelve(copies=4), f"{embedded.loans}/v1/loans"
    lost, claimed, late = [done(await embedded.check_out(copy, reader))["loan_id"] for copy in copies[:3]]
    until = (datetime.now(UTC) + timedelta(days=30)).isoformat()
    here = f"{embedded.members}/v1/members/{reader.member_id}"
    done(await desk.post(f"{loans}/{late}/due-date", {"due_at": until, "reason": STAFFS}))
    done(await desk.post(f"{loans}/{claimed}/claim-returned", {"reason": STAFFS}))
    done(await desk.post(f"{loans}/{claimed}/found", {"found_by": "borrower", "reason": STAFFS}))
    done(await desk.post(f"{loans}/{lost}/declare-lost", {"reason": STAFFS}))
    fines = done(await desk.get(f"{embedded.loans}/v1/fines", member_id=reader.member_id))["items"]
    for fine in fines:
        done(await desk.post(f"{embedded.loans}/v1/fines/{fine['fine_id']}/waive", {"reason": STAFFS}))
    done(await desk.post(f"{here}/blocks", {"action": "hold", "reason": TOLD}))
    done(await desk.post(f"{here}/suspend", {"reason": TOLD}))
    override = {"codes": ["member-suspended"], "comment": STAFFS}
    body = {"copy_barcode": copies[3].barcode, "card_number": reader.card_number, "override": override}
    by_override = done(await desk.post(loans, body))["loan_id"]
    done(await desk.post(f"{here}/cards", {"reason": STAFFS}))
    done(
        await desk.post(
            f"{embedded.books}/v1/copies/{copies[0].copy_id}/status", {"status": "missing", "reason": STAFFS}
        )
    )
    ids = [fine["fine_id"] for fine in fines]
    return Written(reader, [lost, claimed, late, by_override], ids, copies[0].copy_id, copies[0].book_id)


async def answers(library: EmbeddedLibrary, written: Written, client: ApiClient) -> dict[str, httpx.Response]:
    return {address: await client.get(address) for address in dict.fromkeys(written.addresses(library))}


def account_of(client: ApiClient) -> str:
    payload = (client.token or "").split(".")[1]
    return str(json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))["sub"])


async def test_no_answer_to_a_member_holds_what_staff_wrote_for_staff_or_who_they_are(
    embedded: EmbeddedLibrary, written: Written
) -> None:
    accounts = [account_of(await embedded.librarian()), account_of(await embedded.admin())]

    seen = await answers(embedded, written, await embedded.signed_in(written.reader.person))

    assert [] == [where for where, answer in seen.items() if STAFFS in answer.text]
    assert [] == [where for where, answer in seen.items() for account in accounts if account in answer.text]
    told = [where.rpartition("/")[2] for where, answer in seen.items() if TOLD in answer.text]
    assert {"me", "history", "export"} <= set(told)  # why one was suspended


async def test_staff_read_all_of_it(embedded: EmbeddedLibrary, written: Written) -> None:
    seen = await answers(embedded, written, await embedded.admin())

    places = [answer.text.count(STAFFS) for where, answer in seen.items() if where.endswith("/history")]
    # by loan: lost; claimed and found; another due date; by override. By member: the card. By copy: its status.
    assert [1, 1, 1, 1, 1, 2] == sorted(places)[-6:]
    fines = [answer.text for where, answer in seen.items() if where.rpartition("/")[2] in written.fines]
    assert [2] * len(written.fines) == [text.count(STAFFS) for text in fines]  # charged because lost, and waived
    export = next(answer for where, answer in seen.items() if where.endswith(f"{written.reader.member_id}/export"))
    assert STAFFS in export.text
