"""What the desk may do although somebody waits, and where copies stay."""

from shared.kernel.ids import new_id
from tests.answers import codes_of
from tests.loans.api.conftest import Service
from tests.loans.api.holds.pulling import WITHDRAWN, pull_list, shelve, target_of
from tests.loans.api.situations import KIOSK, change_rules, hold
from tests.loans.makers import EMMA, a_copy


async def test_a_loan_is_renewed_while_other_copies_are_there_for_those_who_wait(library: Service) -> None:
    shelve(library, "C2")
    loan_id = (await library.check_out(card_number="STEVE")).json()["loan_id"]
    await hold(library, "JESSICA")

    renewed = await library.post(f"/v1/loans/{loan_id}/renew", {})
    await hold(library, "REBECCA")
    refused = await library.post(f"/v1/loans/{loan_id}/renew", {})

    assert 200 == renewed.status_code
    assert (409, ["held-by-other"]) == (refused.status_code, codes_of(refused))


async def test_staff_renew_in_spite_of_a_hold_with_a_reason_and_a_kiosk_does_not(library: Service) -> None:
    loan_id = (await library.check_out(card_number="STEVE")).json()["loan_id"]
    await hold(library, "JESSICA")
    body = {"override": {"codes": ["held-by-other", "fines-owed"], "comment": "Exam tomorrow."}}

    kiosk = await library.post(f"/v1/loans/{loan_id}/renew", body, token=KIOSK)
    renewed = await library.post(f"/v1/loans/{loan_id}/renew", body)

    assert (["override-forbidden"], 200) == (codes_of(kiosk), renewed.status_code)
    history = (await library.get(f"/v1/loans/{loan_id}/history")).json()["entries"]
    assert "Exam tomorrow." == history[-1]["why"]


async def test_staff_place_a_hold_over_the_limit_but_never_where_there_is_nothing_to_lend(library: Service) -> None:
    override = {"codes": ["no-lendable-copy"], "comment": "Please."}
    library.catalogue.copies = [a_copy(refusals=WITHDRAWN)]

    refused = await library.post("/v1/holds", {"book_id": str(EMMA), "card_number": "STEVE", "override": override})

    assert (403, ["override-forbidden"]) == (refused.status_code, codes_of(refused))


async def test_a_copy_that_floats_stays_where_it_comes_back_and_is_pulled_there(library: Service) -> None:
    await change_rules(library, after_return="stays")
    await library.check_out(card_number="REBECCA")

    scan = (await library.bring_back(branch="EAST")).json()
    again = (await library.bring_back(branch="EAST")).json()
    jessicas = await hold(library, "JESSICA")

    assert ("shelf", "shelf", "EAST") == (scan["next"], again["next"], jessicas["target"]["branch"])
    assert [["30000000000019"], []] == [await pull_list(library, branch) for branch in ("EAST", "MAIN")]


async def test_a_copy_floats_among_the_branches_of_its_group_and_goes_home_from_all_others(library: Service) -> None:
    library.catalogue.branches.append("WEST")

    async def comes_back(branch: str, *among: str) -> str:
        await change_rules(library, after_return="stays", floats_among=list(among) or None)
        await library.bring_back(branch="MAIN")
        await library.check_out(card_number="REBECCA")
        stop: str = (await library.bring_back(branch=branch)).json()["next"]
        return stop

    assert ("shelf", "transit") == (await comes_back("EAST", "main", "EAST"), await comes_back("WEST", "main", "EAST"))
    assert "transit" == await comes_back("EAST", "EAST", "WEST"), "its own branch is none of the group"
    assert "shelf" == await comes_back("WEST"), "a rule without a group lets copies float everywhere"


async def test_a_copy_is_sent_to_another_branch_and_stays_there(library: Service) -> None:
    body = {"copy_barcode": "30000000000019", "to_branch": "east"}

    sent = await library.post("/v1/transits", body)
    arrived = (await library.bring_back(branch="EAST")).json()

    assert (200, "in_transit", "EAST") == (sent.status_code, sent.json()["status"], sent.json()["branch"])
    assert "shelf" == arrived["next"]


async def test_a_copy_that_was_sent_goes_on_from_a_branch_on_its_way_also_where_copies_float(library: Service) -> None:
    library.catalogue.branches.append("WEST")
    await library.post("/v1/transits", {"copy_barcode": "30000000000019", "to_branch": "EAST"})

    scans = [(await library.bring_back(branch="WEST")).json()["next"]]
    (away,) = (await library.get("/v1/circulation-statuses?status=in_transit")).json()["items"]
    await change_rules(library, after_return="stays")
    scans += [(await library.bring_back(branch=branch)).json()["next"] for branch in ("WEST", "EAST", "EAST")]

    assert ("EAST", ["transit", "transit", "shelf", "shelf"]) == (away["branch"], scans)


async def test_a_copy_whose_hold_ended_on_the_way_is_sent_home_and_does_not_stay(library: Service) -> None:
    jessicas = await hold(library, "JESSICA", pickup_branch="EAST")
    await library.bring_back()
    await library.post(f"/v1/holds/{jessicas['hold_id']}/cancel", {})

    scans = [(await library.bring_back(branch=branch)).json()["next"] for branch in ("EAST", "MAIN")]

    assert ["transit", "shelf"] == scans


async def test_anybody_reads_how_many_wait_for_some_books(library: Service) -> None:
    await hold(library, "JESSICA")
    await hold(library, "STEVE")
    nobodys = new_id()

    answer = await library.http.get(f"/v1/hold-queues?book_id={EMMA}&book_id={nobodys}")

    assert [(str(EMMA), 2), (str(nobodys), 0)] == [
        (item["book_id"], item["waiting"]) for item in answer.json()["items"]
    ]


async def test_while_books_does_not_answer_no_target_is_chosen_and_then_it_is(library: Service) -> None:
    await library.check_out(card_number="REBECCA")
    jessicas = await hold(library, "JESSICA")
    shelve(library, "C2")
    await library.post(f"/v1/holds/{jessicas['hold_id']}/resume", {})
    library.catalogue.down = True
    assert 0 == await library.choose_targets()

    library.catalogue.down = False
    assert 1 == await library.choose_targets()

    assert "C2" == await target_of(library, jessicas)
