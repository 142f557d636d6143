from datetime import timedelta

import pytest

from shared.kernel.ids import new_id
from tests.loans.api.conftest import ADAS, Service, a_token
from tests.loans.api.situations import borrow, problem_of
from tests.loans.makers import ADA, a_copy, a_standing


async def test_a_return_closes_the_loan_and_says_where_the_copy_goes(service: Service) -> None:
    await service.check_out()
    service.clock.pass_by(timedelta(days=1))

    answer = await service.bring_back()

    body = answer.json()
    assert (200, "shelf") == (answer.status_code, body["next"])
    assert ("returned", "2026-03-03T10:00:00Z") == (body["loan"]["status"], body["loan"]["returned_at"])


async def test_a_second_scan_answers_without_a_loan(service: Service) -> None:
    await service.check_out()
    await service.bring_back()

    again = await service.bring_back()

    nothing = dict.fromkeys(("loan", "hold", "fine", "copy_status", "notice"))
    assert (200, nothing | {"next": "shelf"}) == (again.status_code, again.json())


async def test_a_repeated_return_brings_its_first_answer_again(service: Service) -> None:
    await service.check_out()
    first = await service.bring_back(key="r1")

    again = await service.bring_back(key="r1")

    assert first.content == again.content
    assert "true" == again.headers["Idempotency-Replayed"]


async def test_a_return_needs_no_neighbour(service: Service) -> None:
    await service.check_out()
    service.catalogue.down = service.members.down = True

    assert 200 == (await service.bring_back()).status_code


async def test_a_copy_returned_elsewhere_travels_home(service: Service) -> None:
    await service.check_out()

    assert "transit" == (await service.bring_back(branch="EAST")).json()["next"]
    assert "shelf" == (await service.bring_back(branch="MAIN")).json()["next"]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"copy_barcode": "nowhere"}, 404, "copy-not-found"),
        ({"returned_at": "2026-03-01T10:00:00Z"}, 422, "invalid-return-time"),
        ({"returned_at": "2026-04-01T10:00:00Z"}, 422, "invalid-return-time"),
        ({"returned_at": "2026-03-02"}, 422, "invalid-request"),
    ],
)
async def test_every_refusal_of_a_return(service: Service, body: dict[str, str], status: int, code: str) -> None:
    await service.check_out()

    answer = await service.bring_back(**body)

    assert (status, code) == (answer.status_code, problem_of(answer)["code"])


async def test_a_copy_never_lent_waits_until_books_can_vouch_for_it(service: Service) -> None:
    service.catalogue.down = True

    answer = await service.bring_back()

    assert (503, "neighbour-unavailable") == (answer.status_code, problem_of(answer)["code"])


async def test_a_loan_is_shown_with_its_tag_and_not_sent_twice(service: Service) -> None:
    loan = (await service.check_out()).json()
    path = f"/v1/loans/{loan['loan_id']}"

    shown = await service.get(path)
    again = await service.get(path, **{"If-None-Match": shown.headers["ETag"]})
    await service.bring_back()
    changed = await service.get(path, **{"If-None-Match": shown.headers["ETag"]})

    assert (200, loan) == (shown.status_code, shown.json())
    assert (304, b"") == (again.status_code, again.content)
    assert (200, '"2"') == (changed.status_code, changed.headers["ETag"])


async def test_a_loan_that_has_become_overdue_is_sent_again_and_changed_by_either_tag(service: Service) -> None:
    lent = await service.check_out()
    path = f"/v1/loans/{lent.json()['loan_id']}"

    service.clock.pass_by(timedelta(days=60))
    late = await service.get(path, **{"If-None-Match": lent.headers["ETag"]})
    again = await service.get(path, **{"If-None-Match": late.headers["ETag"]})
    claimed = await service.post(f"{path}/claim-returned", {}, if_match=late.headers["ETag"])

    assert (200, True, 304) == (late.status_code, late.json()["overdue"], again.status_code)
    assert (200, False, '"2"') == (claimed.status_code, claimed.json()["overdue"], claimed.headers["ETag"])


async def test_a_members_own_loan_is_shown_and_anybody_elses_is_as_unknown_as_none(service: Service) -> None:
    loan = (await service.check_out()).json()
    path = f"/v1/loans/{loan['loan_id']}"
    somebody = a_token(role="member", member_id=new_id())
    without_membership = a_token(scope="self")

    foreign, unknown = await service.get(path, somebody), await service.get(f"/v1/loans/{new_id()}", somebody)

    assert 200 == (await service.get(path, ADAS)).status_code
    assert 404 == foreign.status_code == unknown.status_code
    assert problem_of(foreign)["detail"] == problem_of(unknown)["detail"]
    assert 404 == (await service.get(path, without_membership)).status_code


async def test_loans_are_listed_page_by_page_and_none_is_lost_or_repeated(service: Service) -> None:
    await borrow(service, 7)

    seen: list[str] = []
    path: str | None = "/v1/loans?limit=3"
    while path is not None:
        page = await service.get(path)
        seen += [loan["barcode"] for loan in page.json()["items"]]
        cursor = page.json()["next_cursor"]
        assert (cursor is not None) == ('rel="next"' in page.headers.get("Link", ""))
        path = cursor and f"/v1/loans?limit=3&cursor={cursor}"

    assert sorted(f"C{number}" for number in range(7)) == sorted(seen)


async def test_loans_are_found_by_card_number_status_and_lateness(service: Service) -> None:
    await borrow(service, 2)
    await service.bring_back(copy_barcode="C0")
    service.members.by_card["KIM"] = a_standing(member_id=new_id())
    service.clock.pass_by(timedelta(days=30))

    async def found(query: str) -> list[str]:
        return [loan["barcode"] for loan in (await service.get(f"/v1/loans?{query}")).json()["items"]]

    assert {"C0", "C1"} == set(await found("card_number=ADA"))
    assert [] == await found("card_number=KIM")
    assert [] == await found("card_number=nobody")
    assert [] == await found(f"card_number=ADA&member_id={new_id()}")
    assert ["C0"] == await found("status=returned")
    assert ["C1"] == await found(f"overdue=true&member_id={ADA}")


async def test_a_member_lists_their_own_loans_and_nobody_elses(service: Service) -> None:
    await borrow(service, 2)
    somebody = a_token(role="member", member_id=new_id())

    mine = await service.get("/v1/loans/mine", ADAS)

    assert {"C0", "C1"} == {loan["barcode"] for loan in mine.json()["items"]}
    assert [] == (await service.get("/v1/loans/mine", somebody)).json()["items"]
    assert 403 == (await service.get("/v1/loans", ADAS)).status_code


async def test_a_guardian_who_may_see_lists_what_a_child_has(service: Service) -> None:
    await borrow(service, 2)
    guardian, stranger = new_id(), new_id()
    service.members.guardians.add((guardian, ADA))
    hers, others = a_token(role="member", member_id=guardian), a_token(role="member", member_id=stranger)

    for things, expected in (("loans", {"C0", "C1"}), ("holds", set()), ("fines", set())):
        path = f"/v1/{things}/mine?member_id={ADA}"
        seen = await service.get(path, hers)
        refused = await service.get(path, others)
        own = await service.get(f"/v1/{things}/mine?member_id={stranger}", others)
        assert expected == {thing["barcode"] for thing in seen.json()["items"]}, seen.text
        assert (404, "member-not-found") == (refused.status_code, refused.json()["code"])
        assert (200, []) == (own.status_code, own.json()["items"])
    assert 403 == (await service.get(f"/v1/loans/mine?member_id={ADA}", a_token(scope="loans:read"))).status_code

    service.members.down = True
    assert 503 == (await service.get(f"/v1/loans/mine?member_id={ADA}", hers)).status_code


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("cursor=rubbish", "invalid-cursor"),
        ("limit=0", "invalid-request"),
        ("limit=101", "invalid-request"),
        ("limit=1_0", "invalid-request"),
        ("member_id=5", "invalid-request"),
        ("status=lost-in-space", "invalid-request"),
        ("colour=blue", "invalid-request"),
        ("limit=5&limit=6", "invalid-request"),
    ],
)
async def test_a_query_that_is_not_understood_is_refused(service: Service, query: str, code: str) -> None:
    answer = await service.get(f"/v1/loans?{query}")

    assert (422, code) == (answer.status_code, problem_of(answer)["code"])


@pytest.mark.parametrize("barcode", ["LIB 0042", "50%_OFF", "*?(a|b)", "O'HARA"])
async def test_a_barcode_is_found_whatever_is_in_it(service: Service, barcode: str) -> None:
    service.catalogue.copies = [a_copy(barcode=barcode.upper())]
    assert 201 == (await service.check_out(copy_barcode=barcode.lower())).status_code

    returned = await service.bring_back(copy_barcode=barcode.swapcase())

    assert (200, barcode.upper()) == (returned.status_code, returned.json()["loan"]["barcode"])
