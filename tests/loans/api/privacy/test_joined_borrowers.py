"""Two records of one person become one, and past loans are forgotten: as the desk and the member see it over HTTP."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from loans_service.application.privacy.follow_member import (
    CategoryNews,
    HistoryNews,
    MergedMembersNews,
)
from shared.kernel.ids import new_id
from tests.answers import codes_of
from tests.loans.api.conftest import ADAS, ADMIN, Service, a_token
from tests.loans.api.situations import hold, state_of, sweep, the_table
from tests.loans.makers import ADA, EMMA, a_copy, a_standing

KIM = new_id()
LISTENER = "loans.members"
AS_ADA = {"Authorization": f"Bearer {ADAS}"}


async def hear_that_kim_is_ada(service: Service, message_id: str = "news", *, category: str = "adult") -> None:
    news = MergedMembersNews(message_id, KIM, ADA, 1, category)
    await service.app.state.privacy.join_borrowers(news, listener=LISTENER)


async def loans_of(service: Service, member_id: UUID) -> list[str]:
    found = (await service.get(f"/v1/loans?member_id={member_id}")).json()["items"]
    return [loan["loan_id"] for loan in found]


async def test_loans_and_debts_follow_whoever_a_member_was_merged_into(service: Service) -> None:
    service.members.by_card["KIM"] = a_standing(member_id=KIM)
    lent = (await service.check_out(card_number="KIM")).json()["loan_id"]
    charge = {"member_id": str(KIM), "kind": "card", "amount": {"amount": 200, "currency": "EUR"}}
    assert (await service.post("/v1/charges", charge)).status_code == 201

    for _ in range(2):  # news may come twice
        await hear_that_kim_is_ada(service)

    assert ([lent], [lent]) == (await loans_of(service, ADA), await loans_of(service, KIM))
    borrower = (await service.get(f"/v1/borrowers/{ADA}")).json()
    assert (borrower["open_loans"], borrower["owed"]["amount"]) == (1, 200)


async def test_the_id_of_the_record_that_is_gone_stands_for_the_person_everywhere(service: Service) -> None:
    service.members.by_card["KIM"] = a_standing(member_id=KIM)
    lent = (await service.check_out(card_number="KIM")).json()["loan_id"]
    held = (await hold(service, "KIM", book_id=str(await another_book(service))))["hold_id"]
    charge = {"member_id": str(KIM), "kind": "card", "amount": {"amount": 200, "currency": "EUR"}}
    fine = (await service.post("/v1/charges", charge)).json()["fine_id"]
    await hear_that_kim_is_ada(service)
    service.members.by_card["KIM"], service.members.merged[KIM] = a_standing(), ADA

    paid = await service.post(f"/v1/borrowers/{KIM}/payments", {"amount": {"amount": 200, "currency": "EUR"}})

    assert [[lent], [held], [fine]] == [await ids_of(service, thing) for thing in ("loan", "hold", "fine")]
    account = (await service.get(f"/v1/borrowers/{KIM}")).json()
    assert (str(ADA), 1, True) == (account["member_id"], account["open_loans"], account["may_borrow"])
    assert (200, str(ADA)) == (paid.status_code, paid.json()["member_id"])
    export = (await service.get(f"/v1/borrowers/{KIM}/export", token=ADMIN)).json()
    assert ([lent], str(ADA)) == ([each["loan_id"] for each in export["loans"]], export["member_id"])


async def another_book(service: Service) -> UUID:
    book_id = new_id()
    service.catalogue.copies.append(a_copy(copy_id=new_id(), book_id=book_id, barcode="OTHER"))
    return book_id


async def ids_of(service: Service, thing: str) -> list[str]:
    items = (await service.get(f"/v1/{thing}s?member_id={KIM}")).json()["items"]
    return [each[f"{thing}_id"] for each in items]


async def test_the_id_of_a_ward_who_was_merged_stands_for_the_ward(service: Service) -> None:
    guardian = new_id()
    lent = (await service.check_out()).json()["loan_id"]
    await hear_that_kim_is_ada(service)
    service.members.guardians.add((guardian, KIM))

    mine = await service.get(f"/v1/loans/mine?member_id={KIM}", token=a_token(role="member", member_id=guardian))

    assert [lent] == [each["loan_id"] for each in mine.json()["items"]]


async def change_category(service: Service, category: str, message_id: str = "news") -> None:
    """Let members change what Kim is, tell of it, and the worker look at what is to be pulled."""
    service.members.by_card["KIM"] = a_standing(member_id=KIM, category=category)
    follow = service.app.state.privacy.follow_category
    await follow(CategoryNews(message_id, KIM, category), listener=LISTENER)
    await service.choose_targets()


async def lend_to_staff_alone(service: Service) -> None:
    table = await the_table(service)
    for rule in table["rules"]:
        rule["loanable"] = rule["category"] == "staff"
    assert 200 == (await service.put("/v1/policies", table | {"cases": []}, if_match="*")).status_code


async def test_a_hold_is_judged_by_the_category_that_its_member_has_now(service: Service) -> None:
    await lend_to_staff_alone(service)
    service.members.by_card["KIM"] = a_standing(member_id=KIM, category="staff")
    held = await hold(service, "KIM")

    await change_category(service, "adult")
    as_adult = (await service.bring_back()).json()["next"]
    without = (await service.get(f"/v1/holds/{held['hold_id']}")).json()["target"]
    await change_category(service, "staff", "more news")

    assert ("shelf", None) == (as_adult, without)
    assert "30000000000019" == (await service.get(f"/v1/holds/{held['hold_id']}")).json()["target"]["barcode"]
    assert held["hold_id"] == (await service.bring_back()).json()["hold"]["hold_id"]


async def test_the_holds_of_a_merged_record_are_judged_by_the_category_of_the_one_that_stays(service: Service) -> None:
    await lend_to_staff_alone(service)
    service.members.by_card["KIM"] = a_standing(member_id=KIM, category="staff")
    await hold(service, "KIM")

    await hear_that_kim_is_ada(service, category="adult")

    assert "shelf" == (await service.bring_back()).json()["next"]


async def test_a_desk_that_had_asked_members_before_serves_nobody_as_the_record_that_is_gone(service: Service) -> None:
    service.members.by_card["KIM"] = a_standing(member_id=KIM)
    await hear_that_kim_is_ada(service)

    lent, held = await service.check_out(card_number="KIM"), await hold_for(service, "KIM")
    charge = {"member_id": str(KIM), "kind": "card", "amount": {"amount": 200, "currency": "EUR"}}
    charged = await service.post("/v1/charges", charge)

    assert (["member-leaving"], ["member-leaving"], ["member-not-found"]) == tuple(map(codes_of, (lent, held, charged)))
    cleared = [type_ async for type_, _ in service.events() if type_ == "loans.borrower.cleared"]
    assert [] == cleared


async def hold_for(service: Service, card: str) -> Any:
    return await service.post("/v1/holds", {"book_id": str(EMMA), "card_number": card})


async def test_of_two_holds_on_one_book_one_is_left(service: Service) -> None:
    service.members.by_card["KIM"] = a_standing(member_id=KIM)
    service.members.by_card["BOB"] = a_standing(member_id=new_id())
    await service.check_out(card_number="BOB")
    kept, twice = await hold(service, "ADA"), await hold(service, "KIM")

    await hear_that_kim_is_ada(service)

    states = [await state_of(service, each["hold_id"]) for each in (kept, twice)]
    assert ["waiting", "cancelled"] == states
    told = [data["reason"] async for type_, data in service.events() if type_ == "loans.hold.cancelled"]
    assert ["already-held-by-member"] == told
    assert 1 == (await service.get(f"/v1/borrowers/{ADA}")).json()["holds"]


async def test_a_member_who_lets_history_be_forgotten_keeps_what_is_open(service: Service) -> None:
    over = (await service.check_out()).json()["loan_id"]
    await service.bring_back()
    still = (await service.check_out()).json()["loan_id"]

    await chosen(service, forget=True)

    assert [still] == await loans_of(service, ADA)
    assert str(ADA) != (await service.get(f"/v1/loans/{over}")).json()["member_id"]


async def test_who_only_had_loans_that_are_forgotten_is_known_to_have_borrowed(service: Service) -> None:
    chose = str(new_id())
    await service.app.state.privacy.follow_history_choice(
        HistoryNews("of another", UUID(chose), keep=False, forget=True), listener=LISTENER
    )
    await service.check_out()
    await service.bring_back()
    await chosen(service, forget=True)
    assert [] == await loans_of(service, ADA)

    found = await service.post(
        "/v1/circulation-facts",
        {"members": [str(ADA), chose]},
        token=a_token(scope="loans:facts", client_id="members"),
    )

    assert [str(ADA)] == found.json()["members"]


async def chosen(service: Service, *, forget: bool, message_id: str = "news") -> None:
    news = HistoryNews(message_id, ADA, keep=False, forget=forget)
    await service.app.state.privacy.follow_history_choice(news, listener=LISTENER)


async def test_of_whoever_lets_history_be_forgotten_later_returns_and_ended_holds_are_forgotten_too(
    service: Service,
) -> None:
    await chosen(service, forget=True)
    held = await hold(service, "ADA")
    await service.post(f"/v1/holds/{held['hold_id']}/cancel", {})
    over = (await service.check_out()).json()["loan_id"]
    await service.bring_back()
    still = (await service.check_out()).json()["loan_id"]

    await sweep(service)

    assert [still] == await loans_of(service, ADA)
    assert str(ADA) != (await service.get(f"/v1/loans/{over}")).json()["member_id"]
    assert 404 == (await service.get(f"/v1/holds/{held['hold_id']}")).status_code


async def test_a_late_loan_is_forgotten_when_its_fine_is_paid(service: Service) -> None:
    await chosen(service, forget=True)
    late = (await service.check_out()).json()["loan_id"]
    service.clock.pass_by(timedelta(days=30))
    await service.bring_back()
    [fine] = (await service.get(f"/v1/fines?loan_id={late}")).json()["items"]

    await sweep(service)
    owing = await loans_of(service, ADA)
    paid = await service.post(f"/v1/fines/{fine['fine_id']}/payments", {"amount": fine["owed"]})
    await sweep(service)

    assert (200, [late], []) == (paid.status_code, owing, await loans_of(service, ADA))


async def test_whoever_takes_the_choice_back_has_later_returns_kept_for_the_usual_days(service: Service) -> None:
    at = "/v1/borrowers/me/history"
    await chosen(service, forget=True)
    await chosen(service, forget=False, message_id="other news")
    lent = (await service.check_out()).json()["loan_id"]
    await service.bring_back()
    await sweep(service)
    kept = await loans_of(service, ADA)

    await chosen(service, forget=True, message_id="once more")
    for keep in (False, True):  # what lending itself is told ends the forgetting where it keeps everything
        await service.post(at, {"keep": keep}, token=ADAS)
        await service.check_out()
        await service.bring_back()
        await sweep(service)

    assert [lent] == kept
    assert 1 == len(await loans_of(service, ADA))


async def test_a_member_forgets_one_loan_or_all_that_are_over(service: Service) -> None:
    lent = []
    for _ in range(3):
        lent.append((await service.check_out()).json()["loan_id"])
        await service.bring_back()
    at = "/v1/borrowers/me/history"

    one = await service.http.delete(f"{at}?loan_id={lent[0]}", headers=AS_ADA)
    again = await service.http.delete(f"{at}?loan_id={lent[0]}", headers=AS_ADA)
    left = await loans_of(service, ADA)
    everything = await service.http.delete(at, headers=AS_ADA)

    assert [204, 404, 204] == [answer.status_code for answer in (one, again, everything)]
    assert {*lent[1:]} == {*left}
    assert [] == await loans_of(service, ADA)


async def test_a_copy_that_waits_for_one_of_the_two_is_not_lost_to_somebody_else(service: Service) -> None:
    service.members.by_card["KIM"] = a_standing(member_id=KIM)
    service.members.by_card["BOB"] = a_standing(member_id=new_id())
    service.members.by_card["EVE"] = a_standing(member_id=new_id())
    await service.check_out(card_number="BOB")
    fetched = await hold(service, "KIM")
    await hold(service, "EVE")
    waiting = await hold(service, "ADA")
    await service.bring_back()

    await hear_that_kim_is_ada(service)

    assert ["ready", "cancelled"] == [await state_of(service, each["hold_id"]) for each in (fetched, waiting)]
    assert str(ADA) == (await service.get(f"/v1/holds/{fetched['hold_id']}")).json()["member_id"]
