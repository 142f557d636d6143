"""Debts that go to a collection agency: who is on the list, and what is sent."""

import csv
import io
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import select

from loans_service.application.privacy.follow_member import MergedMembersNews
from loans_service.persistence.fines.fine_tables import fines
from shared.kernel.ids import new_id
from shared.persistence.database import Database
from tests.answers import codes_of
from tests.loans.api.conftest import ADAS, Service
from tests.loans.api.fines.charging import charge, eur, pay
from tests.loans.api.situations import COLLEAGUE, KIOSK, sweep, the_table
from tests.loans.makers import ADA, a_standing

HERS = f"/v1/borrowers/{ADA}"
FEE = 1000


async def a_fee(service: Service) -> None:
    """Let the policy charge for a collection."""
    table = await the_table(service) | {"collections": {"fee": eur(FEE)}}
    assert 200 == (await service.put("/v1/policies", table, if_match="*")).status_code


async def listed(service: Service, query: str = "") -> list[tuple[str, int]]:
    """Return who is on the list, and with how much."""
    answer = await service.get(f"/v1/collections?{query}")
    assert 200 == answer.status_code, answer.text
    return [(each["member_id"], each["owed"]["amount"]) for each in answer.json()["items"]]


async def send(service: Service, *member_ids: object, token: str | None = None, **body: Any) -> httpx.Response:
    body |= {"member_ids": [str(each) for each in member_ids or (ADA,)]}
    answer: httpx.Response = await service.post("/v1/collections", body, token=token)
    return answer


async def sent(service: Service, *member_ids: object) -> dict[str, Any]:
    """Send the debts of a member; return what the agency then has."""
    (line,) = (await send(service, *member_ids)).json()["results"]
    assert (200, None) == (line["status"], line["problem"]), line
    collection: dict[str, Any] = line["collection"]
    return collection


async def owing(service: Service, card: str, amount: int) -> UUID:
    """Enrol a member who owes so much; return the id."""
    member_id = new_id()
    service.members.by_card[card] = a_standing(member_id=member_id)
    assert 201 == (await charge(service, amount, card_number=card)).status_code
    return member_id


async def test_the_list_has_who_owes_enough_for_long_enough(service: Service) -> None:
    await charge(service, 3000)
    service.clock.pass_by(timedelta(days=60))
    await charge(service, 500)
    poor = await owing(service, "POOR", 3000)

    assert {(str(ADA), 3500), (str(poor), 3000)} == set(await listed(service))
    assert [(str(ADA), 3500)] == await listed(service, "older_than_days=60&at_least=3000")
    assert [] == await listed(service, "older_than_days=61"), "nothing is so old"
    assert [] == await listed(service, "older_than_days=60&at_least=3001"), "the young debt does not count for it"
    await pay(service, 3500)
    assert [(str(poor), 3000)] == await listed(service)


async def test_the_list_says_how_many_debts_there_are_since_when_and_what_the_fee_would_be(service: Service) -> None:
    await a_fee(service)
    first = (await charge(service, 3000)).json()
    service.clock.pass_by(timedelta(days=60))
    await charge(service, 500)

    (hers,) = (await service.get("/v1/collections")).json()["items"]

    assert {
        "member_id": str(ADA),
        "owed": eur(3500),
        "fines": 2,
        "oldest_charged_at": first["charged_at"],
        "fee": eur(FEE),
    } == hers


async def test_a_branch_lists_who_owes_something_for_what_was_lent_there(service: Service) -> None:
    loan = (await service.check_out()).json()
    await service.post(f"/v1/loans/{loan['loan_id']}/declare-lost", {"price": eur(2500)})
    await owing(service, "POOR", 3000)

    assert [str(ADA)] == [member_id for member_id, _ in await listed(service, f"branch={loan['branch'].lower()}")]
    assert [] == await listed(service, "branch=ELSEWHERE")


async def test_the_list_is_paged_and_comes_as_a_table(service: Service) -> None:
    owed = {str(await owing(service, f"CARD{number}", 100 + number)): 100 + number for number in range(5)}

    first = (await service.get("/v1/collections?limit=3")).json()
    rest = (await service.get(f"/v1/collections?limit=3&cursor={first['next_cursor']}")).json()
    table = await service.get("/v1/collections", Accept="text/csv")

    pages = [each["member_id"] for each in (*first["items"], *rest["items"])]
    assert (3, sorted(owed)) == (len(first["items"]), pages)
    assert "text/csv" == table.headers["content-type"].partition(";")[0]
    rows = list(csv.DictReader(io.StringIO(table.text)))
    assert owed == {row["member_id"]: int(row["owed"]) for row in rows}
    assert {("EUR", "1", "")} == {(row["currency"], row["fines"], row["fee"]) for row in rows}


async def test_what_is_sent_leaves_the_list_and_is_shown_with_the_fine_and_the_borrower(service: Service) -> None:
    await a_fee(service)
    fine = (await charge(service, 3000)).json()
    before = (await service.get(HERS)).json()["sent_to_collection_at"]

    collection = await sent(service)

    now = collection["sent_to_collection_at"]
    assert (eur(4000), eur(FEE)) == (collection["owed"], collection["fee"])
    assert fine["fine_id"] in collection["fine_ids"]
    assert [] == await listed(service)
    borrower = (await service.get(HERS, ADAS)).json()
    assert (None, now, eur(4000)) == (before, borrower["sent_to_collection_at"], borrower["owed"])
    items = (await service.get("/v1/fines/mine", ADAS)).json()["items"]
    assert [("collection", now), ("damage", now)] == sorted(
        (each["reason"], each["sent_to_collection_at"]) for each in items
    )
    told = [data["reason"] async for type_, data in service.events() if type_ == "loans.fine.charged"]
    assert ["damage", "collection"] == told


async def test_sending_again_charges_nothing_and_a_later_debt_joins_without_a_fee(service: Service) -> None:
    await a_fee(service)
    await charge(service, 3000)
    first = await sent(service)

    again = await sent(service)
    service.clock.pass_by(timedelta(days=1))
    await charge(service, 500)
    (later,) = (await service.get("/v1/collections")).json()["items"]
    joined = await sent(service)

    assert first | {"fee": None} == again
    assert (eur(500), None) == (later["owed"], later["fee"])
    assert (eur(4500), None) == (joined["owed"], joined["fee"])
    assert first["sent_to_collection_at"] == joined["sent_to_collection_at"]


async def test_what_is_paid_is_with_the_agency_no_more_and_the_next_debts_cost_the_fee_again(service: Service) -> None:
    await a_fee(service)
    await charge(service, 3000)
    await sent(service)

    paid = await pay(service, 4000)
    after = (await service.get(HERS)).json()["sent_to_collection_at"]
    await charge(service, 500)

    assert (200, None) == (paid.status_code, after)
    assert eur(FEE) == (await sent(service))["fee"]


async def test_an_etag_from_before_does_not_match_what_was_sent(service: Service) -> None:
    fine = (await charge(service, 3000)).json()
    before = (await service.get(f"/v1/fines/{fine['fine_id']}")).headers["etag"]
    await sent(service)

    waived = await service.post(f"/v1/fines/{fine['fine_id']}/waive", {"reason": "Ill."}, if_match=before)

    assert (412, ["out-of-date"]) == (waived.status_code, codes_of(waived))


async def test_each_member_is_sent_or_refused_independently_of_the_others(service: Service) -> None:
    await charge(service, 3000)

    answer = await send(service, new_id(), ADA)

    refused, done = answer.json()["results"]
    assert (200, 409, "nothing-to-collect") == (answer.status_code, refused["status"], refused["problem"]["code"])
    assert (200, str(ADA)) == (done["status"], done["collection"]["member_id"])


async def test_with_a_key_each_member_is_sent_once_and_told_the_same_again(service: Service) -> None:
    await a_fee(service)
    await charge(service, 3000)
    body = {"member_ids": [str(ADA)], "reason": "Two letters came back."}

    first, again = [await service.post("/v1/collections", body, key="once") for _ in range(2)]

    assert first.json() == again.json()
    assert eur(FEE) == again.json()["results"][0]["collection"]["fee"]


async def test_nobody_of_the_staff_sends_their_own_debts_and_no_machine_does(service: Service) -> None:
    await charge(service, 3000)

    (own,) = (await send(service, token=COLLEAGUE)).json()["results"]
    machine = await send(service, token=KIOSK)

    assert (403, "four-eyes", 403) == (own["status"], own["problem"]["code"], machine.status_code)
    assert [(str(ADA), 3000)] == await listed(service)


@pytest.mark.parametrize("query", ["older_than_days=-1", "at_least=0", "older_than_days=soon", "cursor=x"])
async def test_a_question_that_is_not_understood_is_refused(service: Service, query: str) -> None:
    assert 422 == (await service.get(f"/v1/collections?{query}")).status_code


async def test_the_debts_of_a_record_that_was_merged_are_sent_for_the_one_that_stays(service: Service) -> None:
    kim = await owing(service, "KIM", 200)
    before = await sent(service, kim)
    news = MergedMembersNews("news", kim, ADA, 1, "adult")
    await service.app.state.privacy.join_borrowers(news, listener="loans.members")

    again = await sent(service, kim)

    assert (str(kim), str(ADA)) == (before["member_id"], again["member_id"])
    assert before["sent_to_collection_at"] == (await service.get(HERS)).json()["sent_to_collection_at"]


async def test_it_is_handed_out_with_the_rest_and_forgotten_with_the_debt(service: Service, database: Database) -> None:
    await charge(service, 3000)
    collection = (await send(service, reason="Two letters came back.")).json()["results"][0]["collection"]
    (known,) = (await service.get(f"{HERS}/export", ADAS)).json()["fines"]
    (kept,) = await database.rows(select(fines))
    await pay(service, 3000)
    service.clock.pass_by(timedelta(days=400))

    await sweep(service)

    (left,) = await database.rows(select(fines))
    assert collection["sent_to_collection_at"] == known["sent_to_collection_at"]
    assert "Two letters came back." == kept.why_collected
    assert kept.sent_to_collection_by
    assert ADA != left.member_id
    assert (None, None) == (left.sent_to_collection_by, left.why_collected)
