"""What staff charge by hand, and one payment over several fines."""

from datetime import timedelta
from typing import Any

from tests.answers import codes_of, problem_of
from tests.loans.api.conftest import ADAS, Service
from tests.loans.api.fines.charging import TILL, charge, eur, pay
from tests.loans.api.situations import KIOSK, sweep, the_table
from tests.loans.makers import ADA


async def owed_of(service: Service, charged: Any) -> int:
    owed: int = (await service.get(f"/v1/fines/{charged.json()['fine_id']}")).json()["owed"]["amount"]
    return owed


async def test_a_charge_by_hand_is_a_fine_of_its_kind_and_of_no_loan(service: Service) -> None:
    charged = await charge(service, note="Coffee on the cover.")

    fine = charged.json()
    assert (201, f"/v1/fines/{fine['fine_id']}") == (charged.status_code, charged.headers["location"])
    assert ("damage", None, str(ADA), eur(350)) == (fine["reason"], fine["loan_id"], fine["member_id"], fine["owed"])
    told = [data async for type_, data in service.events() if type_ == "loans.fine.charged"]
    assert [("damage", None)] == [(data["reason"], data["loan_id"]) for data in told]
    (hers,) = (await service.get(f"/v1/fines/{fine['fine_id']}", ADAS)).json()["ledger"]
    (written,) = (await service.get(f"/v1/fines/{fine['fine_id']}")).json()["ledger"]
    assert ("", "Coffee on the cover.") == (hers["why"], written["why"])


async def test_a_charge_by_hand_counts_towards_what_stops_borrowing(service: Service) -> None:
    await charge(service, 1000)

    assert ["fines-owed"] == codes_of(await service.check_out())


async def test_the_policy_says_what_may_be_charged_for(service: Service) -> None:
    before = await charge(service, kind="reading glasses")
    table = await the_table(service) | {"charge_kinds": ["damage", "reading glasses"]}
    put = await service.put("/v1/policies", table, if_match="*")
    after = await charge(service, kind="reading glasses")

    assert (422, 200, 201) == (before.status_code, put.status_code, after.status_code)
    told = problem_of(before)["errors"][0]
    assert ("unknown-charge-kind", ["damage", "card", "fee"]) == (told["code"], told["kinds"])
    lateness = await service.put("/v1/policies", table | {"charge_kinds": ["overdue"]}, if_match="*")
    assert ["invalid-policy"] == codes_of(lateness)


async def test_a_charge_is_for_staff_who_signed_in(service: Service) -> None:
    assert [403, 403, 403] == [(await charge(service, token=token)).status_code for token in (KIOSK, TILL, ADAS)]


async def test_one_payment_settles_several_fines_the_oldest_first(service: Service) -> None:
    first, second, third = [await charge(service, amount) for amount in (300, 200, 100)]

    paid = await pay(service, 450)

    parts = [(part["fine_id"], part["amount"]["amount"]) for part in paid.json()["paid"]]
    assert (200, eur(150)) == (paid.status_code, paid.json()["owed"])
    assert [(first.json()["fine_id"], 300), (second.json()["fine_id"], 150)] == parts
    assert [0, 50, 100] == [await owed_of(service, each) for each in (first, second, third)]


async def test_a_payment_may_name_the_fines_that_it_is_for(service: Service) -> None:
    first, second = await charge(service, 300), await charge(service, 200)

    paid = await pay(service, 200, fine_ids=[second.json()["fine_id"]])

    assert eur(300) == paid.json()["owed"]
    assert [300, 0] == [await owed_of(service, each) for each in (first, second)]


async def test_a_reference_counts_once(service: Service) -> None:
    charged = await charge(service, 300)

    first, again = [await pay(service, 100, reference="till-7-00042") for _ in range(2)]
    other = await pay(service, 150, reference="till-7-00042")

    assert first.json() == again.json()
    assert 200 == await owed_of(service, charged)
    assert (409, ["payment-reference-used"]) == (other.status_code, codes_of(other))


async def test_a_fine_that_was_paid_is_named_so_and_not_called_unknown(service: Service) -> None:
    paid, _ = [(await charge(service, 300)).json() for _ in range(2)]
    await pay(service, 300, fine_ids=[paid["fine_id"]])

    again = await pay(service, 300, fine_ids=[paid["fine_id"]])

    assert (409, ["fine-not-owed"]) == (again.status_code, codes_of(again))


async def test_a_till_takes_payments_and_nothing_else(service: Service) -> None:
    charged = (await charge(service, 300)).json()
    path = f"/v1/fines/{charged['fine_id']}"

    paid = await service.post(f"{path}/payments", {"amount": eur(100)}, token=TILL)
    others = [await service.post(f"{path}/waive", {"reason": "Mine."}, token=TILL), await service.get(path, TILL)]

    assert (200, [403, 403]) == (paid.status_code, [answer.status_code for answer in others])


async def test_a_charge_is_forgotten_so_long_after_it_was_paid_and_not_after_it_was_made(service: Service) -> None:
    await charge(service, 300)
    service.clock.pass_by(timedelta(days=200))
    await pay(service, 300)

    kept = []
    for days in (90, 1):
        service.clock.pass_by(timedelta(days=days))
        await sweep(service)
        kept.append(len((await service.get(f"/v1/fines?member_id={ADA}")).json()["items"]))

    assert [1, 0] == kept
