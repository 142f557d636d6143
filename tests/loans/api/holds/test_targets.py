"""Which copy is pulled for whom: what the desk, the members and other readers see of it."""

from datetime import timedelta
from typing import Any

from loans_service.domain.lendable_copy import CopyNotLendable
from shared.kernel.ids import new_id
from tests.loans.api.conftest import LIBRARIAN, Service
from tests.loans.api.situations import KIOSK, change_rules, codes_of, hold, problem_of, state_of
from tests.loans.makers import EMMA, EMMA_COPY, a_copy

WITHDRAWN = (CopyNotLendable("Withdrawn.", status="withdrawn"),)
IN_REPAIR = (CopyNotLendable("In repair.", status="in_repair"),)


def shelve(library: Service, *barcodes: str, branch: str = "MAIN", **facts: Any) -> None:
    library.catalogue.copies += [
        a_copy(copy_id=new_id(), barcode=barcode, branch=branch, **facts) for barcode in barcodes
    ]


async def shown(library: Service, held: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = (await library.get(f"/v1/holds/{held['hold_id']}")).json()
    return found


async def target_of(library: Service, held: dict[str, Any]) -> str | None:
    target = (await shown(library, held))["target"]
    return None if target is None else target["barcode"]


async def pull_list(library: Service, branch: str = "MAIN") -> list[str]:
    items = (await library.get(f"/v1/holds/pull-list?branch={branch}")).json()["items"]
    return [copy["barcode"] for copy in items]


async def patch(library: Service, held: dict[str, Any], if_match: str | None = "*", **body: Any) -> Any:
    headers = {"Authorization": f"Bearer {LIBRARIAN}"} | ({"If-Match": if_match} if if_match else {})
    return await library.http.patch(f"/v1/holds/{held['hold_id']}", json=body, headers=headers)


async def availability(library: Service) -> list[tuple[str, str | None]]:
    events = [event async for event in library.events()]
    changed = [data for type_, data in events if type_ == "loans.copy.availability_changed"]
    return [(data["availability"], data.get("transit_to")) for data in changed]


async def test_one_hold_stops_one_copy_and_the_others_are_lent_to_anybody(library: Service) -> None:
    shelve(library, "C2", "C3")
    await hold(library, "JESSICA", pickup_branch="EAST")

    answers = [
        await library.check_out(copy_barcode=barcode, card_number="STEVE") for barcode in ("30000000000019", "C2", "C3")
    ]

    assert [201, 201, 409] == sorted(answer.status_code for answer in answers)


async def test_the_pull_list_is_right_on_the_first_day_and_names_each_copy_once(library: Service) -> None:
    shelve(library, "EAST-1", branch="EAST")
    shelve(library, "WEST-1", branch="WEST")

    jessicas = await hold(library, "JESSICA", pickup_branch="EAST")

    assert ("EAST-1", "EAST") == (jessicas["target"]["barcode"], jessicas["target"]["branch"])
    assert [[], ["EAST-1"], []] == [await pull_list(library, branch) for branch in ("MAIN", "east", "WEST")]


async def test_a_copy_that_books_does_not_lend_is_on_no_pull_list(library: Service) -> None:
    library.catalogue.copies = [a_copy(refusals=IN_REPAIR)]

    jessicas = await hold(library, "JESSICA")

    assert (None, []) == (jessicas["target"], await pull_list(library))


async def test_a_copy_that_moved_is_pulled_where_it_is_at_home_now(library: Service) -> None:
    await hold(library, "JESSICA")
    before = [await pull_list(library, branch) for branch in ("MAIN", "EAST")]

    await library.hear_of(branch="EAST")

    assert ([["30000000000019"], []], [[], ["30000000000019"]]) == (
        before,
        [await pull_list(library, branch) for branch in ("MAIN", "EAST")],
    )


async def test_a_copy_is_chosen_in_the_pickup_branch_and_else_where_most_are_free(library: Service) -> None:
    library.catalogue.copies = []
    shelve(library, "WEST-1", branch="WEST")
    shelve(library, "EAST-1", "EAST-2", branch="EAST")

    for_main, for_west = await hold(library, "JESSICA"), await hold(library, "STEVE", pickup_branch=None)
    again = await hold(library, "REBECCA", pickup_branch="EAST")

    assert "EAST" == for_main["target"]["branch"]
    assert {"EAST", "WEST"} >= {for_west["target"]["branch"], again["target"]["branch"]}
    assert 3 == len({held["target"]["barcode"] for held in (for_main, for_west, again)})


async def test_the_pull_list_is_in_the_order_of_the_shelves_and_comes_page_by_page(library: Service) -> None:
    library.catalogue.copies = []
    for number, mark in enumerate(("QA 76", "DA 1", "BR 9")):
        shelve(library, f"C{number}", book_id=new_id())
        library.catalogue.shelf_marks[f"C{number}"] = mark
        await hold(library, "JESSICA", book_id=str(library.catalogue.copies[-1].book_id))

    first = (await library.get("/v1/holds/pull-list?branch=MAIN&limit=2")).json()
    rest = (await library.get(f"/v1/holds/pull-list?branch=MAIN&limit=2&cursor={first['next_cursor']}")).json()

    assert [("C2", "BR 9"), ("C1", "DA 1"), ("C0", "QA 76")] == [
        (item["barcode"], item["shelf_mark"]) for item in first["items"] + rest["items"]
    ]


async def test_what_books_calls_available_the_desk_lends(library: Service) -> None:
    shelve(library, "C2")
    jessicas = await hold(library, "JESSICA")
    targeted = jessicas["target"]["barcode"]
    other = "C2" if targeted != "C2" else "30000000000019"

    told = await availability(library)

    assert [("requested", None)] == told
    assert 201 == (await library.check_out(copy_barcode=other, card_number="STEVE")).status_code
    refused = await library.check_out(copy_barcode=targeted, card_number="STEVE")
    assert (409, False) == (refused.status_code, problem_of(refused)["errors"][0]["captured"])


async def test_staff_override_that_a_copy_is_to_be_pulled_and_the_hold_is_served_by_another(library: Service) -> None:
    jessicas = await hold(library, "JESSICA")
    shelve(library, "C2")
    override = {"codes": ["copy-held-for-other"], "comment": "The member stands here with it."}

    kiosk = await library.check_out(card_number="STEVE", override=override, token=KIOSK)
    lent = await library.check_out(card_number="STEVE", override=override)
    await library.choose_targets()

    assert ["override-forbidden"] == codes_of(kiosk)
    assert (201, ["copy-held-for-other"]) == (lent.status_code, lent.json()["overridden"])
    assert "C2" == await target_of(library, jessicas)


async def test_nobody_overrides_that_a_copy_is_kept_for_another(library: Service) -> None:
    await hold(library, "JESSICA")
    await library.bring_back()

    refused = await library.check_out(
        card_number="STEVE", override={"codes": ["copy-held-for-other"], "comment": "In a hurry."}
    )

    assert (403, ["override-forbidden"]) == (refused.status_code, codes_of(refused))
    assert problem_of(await library.check_out(card_number="STEVE"))["errors"][0]["captured"] is True


async def test_a_member_who_waits_takes_any_free_copy_and_frees_the_own_target(library: Service) -> None:
    shelve(library, "C2")
    jessicas = await hold(library, "JESSICA")
    targeted = jessicas["target"]["barcode"]
    other = "C2" if targeted != "C2" else "30000000000019"

    assert 201 == (await library.check_out(copy_barcode=other, card_number="JESSICA")).status_code

    assert "fulfilled" == await state_of(library, jessicas["hold_id"])
    assert [] == await pull_list(library)
    assert 201 == (await library.check_out(copy_barcode=targeted, card_number="STEVE")).status_code


async def test_what_is_scanned_from_the_pull_list_is_captured_for_its_hold(library: Service) -> None:
    jessicas = await hold(library, "JESSICA")

    scan = (await library.bring_back()).json()

    assert ("hold_shelf", jessicas["hold_id"], None) == (scan["next"], scan["hold"]["hold_id"], scan["hold"]["target"])
    assert [("requested", None), ("on_hold_shelf", None)] == await availability(library)


async def test_a_copy_on_its_way_tells_where_it_travels(library: Service) -> None:
    await hold(library, "JESSICA", pickup_branch="EAST")
    await library.bring_back(branch="MAIN")

    assert ("in_transit", "EAST") == (await availability(library))[-1]


async def test_a_desk_that_does_not_find_a_copy_says_so_and_another_is_pulled(library: Service) -> None:
    jessicas = await hold(library, "JESSICA")
    shelve(library, "C2")

    answer = await library.post(f"/v1/holds/{jessicas['hold_id']}/not-found", {})
    again = await library.post(f"/v1/holds/{jessicas['hold_id']}/not-found", {})
    await library.choose_targets()

    assert (200, None, 409, ["hold-has-no-target"]) == (
        answer.status_code,
        answer.json()["target"],
        again.status_code,
        codes_of(again),
    )
    missed = [data async for type_, data in library.events() if type_ == "loans.copy.not_found"]
    assert [(str(EMMA_COPY), "MAIN")] == [(data["copy_id"], data["branch"]) for data in missed]
    assert "C2" == await target_of(library, jessicas)


async def test_nobody_is_sent_again_for_a_copy_that_was_not_found_until_it_is_seen(library: Service) -> None:
    jessicas = await hold(library, "JESSICA")
    await library.post(f"/v1/holds/{jessicas['hold_id']}/not-found", {})
    await library.choose_targets()
    assert None is await target_of(library, jessicas)

    scan = (await library.bring_back()).json()

    assert ("missing", "hold_shelf") == (scan["copy_status"], scan["next"])


async def test_a_suspended_hold_lets_go_of_its_target_and_gets_one_when_it_is_resumed(library: Service) -> None:
    jessicas, steves = await hold(library, "JESSICA"), await hold(library, "STEVE")

    await library.post(f"/v1/holds/{jessicas['hold_id']}/suspend", {})
    await library.choose_targets()
    passed = await target_of(library, jessicas), await target_of(library, steves)
    await library.post(f"/v1/holds/{jessicas['hold_id']}/resume", {})
    await library.choose_targets()

    assert (None, "30000000000019") == passed
    assert ("30000000000019", None) == (await target_of(library, jessicas), await target_of(library, steves))


async def test_a_hold_suspended_until_a_moment_gets_a_target_from_then_on(library: Service) -> None:
    jessicas = await hold(library, "JESSICA")
    await library.post(f"/v1/holds/{jessicas['hold_id']}/suspend", {"until": "2026-03-05T00:00:00Z"})
    await library.choose_targets()
    before = await target_of(library, jessicas)
    library.clock.pass_by(timedelta(days=3))
    await library.choose_targets()

    assert (None, "30000000000019") == (before, await target_of(library, jessicas))


async def test_a_hold_not_before_a_day_is_served_from_that_day_on(library: Service) -> None:
    jessicas = await hold(library, "JESSICA", not_before="2026-03-05", comment="For the summer.")
    await library.choose_targets()
    early = await target_of(library, jessicas)
    library.clock.pass_by(timedelta(days=3))
    await library.choose_targets()

    assert ("2026-03-05", "For the summer.") == (jessicas["not_before"], jessicas["comment"])
    assert (None, "30000000000019") == (early, await target_of(library, jessicas))


async def test_whoever_comes_first_in_a_new_order_is_served_first(library: Service) -> None:
    jessicas, steves = await hold(library, "JESSICA"), await hold(library, "STEVE")
    headers = {"Authorization": f"Bearer {LIBRARIAN}", "If-Match": "*"}
    order = {"hold_ids": [steves["hold_id"], jessicas["hold_id"]]}

    assert 200 == (await library.http.put(f"/v1/hold-queues/{EMMA}", json=order, headers=headers)).status_code
    await library.choose_targets()

    assert (None, "30000000000019") == (await target_of(library, jessicas), await target_of(library, steves))


async def test_the_pickup_branch_and_the_days_of_a_hold_change_without_losing_its_place(library: Service) -> None:
    shelve(library, "EAST-1", branch="EAST")
    jessicas = await hold(library, "JESSICA")
    await hold(library, "STEVE")
    tag = (await library.get(f"/v1/holds/{jessicas['hold_id']}")).headers["ETag"]

    changed = await patch(library, jessicas, tag, pickup_branch="east", expires_on="2026-12-31")
    stale = await patch(library, jessicas, tag, comment="Late.")
    without = await patch(library, jessicas, None, comment="No tag.")
    await library.choose_targets()

    assert (200, "EAST", "2026-12-31", 1) == (
        changed.status_code,
        changed.json()["pickup_branch"],
        changed.json()["expires_on"],
        changed.json()["position"],
    )
    assert (412, 428) == (stale.status_code, without.status_code)
    assert (await target_of(library, jessicas)) is not None


async def test_every_refusal_of_a_change_to_a_hold_has_its_status_and_code(library: Service) -> None:
    jessicas = await hold(library, "JESSICA")
    answers = [
        await patch(library, {"hold_id": str(new_id())}, comment="Nobody's."),
        await patch(library, jessicas, pickup_branch="ATLANTIS"),
        await patch(library, jessicas, expires_on="2026-03-01"),
        await patch(library, jessicas, not_before="2026-04-02", expires_on="2026-04-01"),
    ]
    await library.bring_back()
    answers.append(await patch(library, jessicas, pickup_branch="EAST"))
    remarked = await patch(library, jessicas, comment="On the shelf.")
    await library.post(f"/v1/holds/{jessicas['hold_id']}/cancel", {})
    answers.append(await patch(library, jessicas, comment="Too late."))

    assert [
        (404, "hold-not-found"),
        (422, "unknown-branch"),
        (422, "invalid-hold-expiry"),
        (422, "invalid-hold-start"),
        (409, "hold-not-waiting"),
        (409, "hold-not-active"),
    ] == [(answer.status_code, problem_of(answer)["code"]) for answer in answers]
    assert (200, "On the shelf.") == (remarked.status_code, remarked.json()["comment"])


async def test_a_target_that_nobody_pulled_in_time_goes_to_a_branch_that_has_a_copy(library: Service) -> None:
    jessicas = await hold(library, "JESSICA")
    shelve(library, "EAST-1", branch="EAST")

    library.clock.pass_by(timedelta(days=1))
    await library.choose_targets()
    early = await target_of(library, jessicas)
    library.clock.pass_by(timedelta(days=2))
    await library.choose_targets()

    assert ("30000000000019", "EAST-1") == (early, await target_of(library, jessicas))


async def test_a_book_whose_last_copy_is_withdrawn_ends_its_holds_and_takes_no_new_ones(library: Service) -> None:
    jessicas = await hold(library, "JESSICA")

    await library.hear_of(refusals=WITHDRAWN)

    ended = await shown(library, jessicas)
    assert ("cancelled", "no-lendable-copy", None) == (ended["status"], ended["reason"], ended["target"])
    told = [data async for type_, data in library.events() if type_ == "loans.hold.cancelled"]
    assert ["no-lendable-copy"] == [data["reason"] for data in told]
    refused = await library.post("/v1/holds", {"book_id": str(EMMA), "card_number": "STEVE"})
    assert (409, ["no-lendable-copy"]) == (refused.status_code, codes_of(refused))


async def test_a_copy_in_repair_leaves_those_who_wait_without_a_target(library: Service) -> None:
    jessicas = await hold(library, "JESSICA")

    await library.hear_of(refusals=IN_REPAIR)
    without = await target_of(library, jessicas)
    await library.hear_of(refusals=())

    assert (None, "waiting") == (without, await state_of(library, jessicas["hold_id"]))
    assert "30000000000019" == await target_of(library, jessicas)
    assert 201 == (await library.post("/v1/holds", {"book_id": str(EMMA), "card_number": "STEVE"})).status_code


async def test_a_copy_withdrawn_from_the_hold_shelf_lets_its_member_wait_again(library: Service) -> None:
    shelve(library, "C2")
    await library.check_out(copy_barcode="C2", card_number="REBECCA")
    jessicas = await hold(library, "JESSICA")
    await library.bring_back()
    assert "ready" == await state_of(library, jessicas["hold_id"])

    await library.hear_of(refusals=WITHDRAWN)

    assert "waiting" == await state_of(library, jessicas["hold_id"])
    to_clear = (await library.get("/v1/circulation-statuses?status=to_clear")).json()["items"]
    assert [str(EMMA_COPY)] == [copy["copy_id"] for copy in to_clear]


async def test_who_loses_a_captured_copy_gets_another_one_at_once_if_there_is_one(library: Service) -> None:
    await library.check_out(card_number="REBECCA")
    jessicas = await hold(library, "JESSICA")
    await library.bring_back()
    shelve(library, "C2")

    await library.hear_of(refusals=WITHDRAWN)

    assert ("waiting", "C2") == (await state_of(library, jessicas["hold_id"]), await target_of(library, jessicas))


async def test_the_present_home_branch_counts_wherever_the_copy_was_lent(library: Service) -> None:
    await library.check_out(card_number="REBECCA")
    await library.bring_back()
    await library.hear_of(branch="EAST")

    at_home, elsewhere = (await library.bring_back(branch="EAST")), (await library.bring_back(branch="MAIN"))

    assert ("shelf", "transit") == (at_home.json()["next"], elsewhere.json()["next"])


async def test_a_return_says_that_the_copy_is_withdrawn_and_tells_that_a_missing_one_was_seen(library: Service) -> None:
    await library.check_out(card_number="REBECCA")
    await library.hear_of(refusals=WITHDRAWN)
    withdrawn = (await library.bring_back()).json()
    await library.hear_of(refusals=(CopyNotLendable("Missing.", status="missing"),))
    missing = (await library.bring_back()).json()
    again = (await library.bring_back()).json()

    assert ("withdrawn", "missing", None) == tuple(scan["copy_status"] for scan in (withdrawn, missing, again))
    assert "missing" in missing["notice"]
    events = [data async for type_, data in library.events() if type_ == "loans.copy.availability_changed"]
    assert ("available", True) == (events[-1]["availability"], events[-1]["scanned"])


async def test_a_loan_is_renewed_while_other_copies_are_there_for_those_who_wait(library: Service) -> None:
    shelve(library, "C2")
    loan_id = (await library.check_out(card_number="STEVE")).json()["loan_id"]
    await hold(library, "JESSICA")

    renewed = await library.post(f"/v1/loans/{loan_id}/renew", {})
    await hold(library, "REBECCA")
    refused = await library.post(f"/v1/loans/{loan_id}/renew", {})

    assert 200 == renewed.status_code
    assert (409, ["held-by-other"]) == (refused.status_code, codes_of(refused))


async def test_whether_a_loan_is_renewed_while_somebody_waits_is_the_rules_to_say(library: Service) -> None:
    shelve(library, "C2")
    loan_id = (await library.check_out(card_number="STEVE")).json()["loan_id"]
    await hold(library, "JESSICA")

    await change_rules(library, renew_while_held="never")
    never = await library.post(f"/v1/loans/{loan_id}/renew", {})
    await hold(library, "REBECCA")
    await change_rules(library, renew_while_held="always")
    always = await library.post(f"/v1/loans/{loan_id}/renew", {})

    assert (["held-by-other"], 200) == (codes_of(never), always.status_code)


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


async def test_a_copy_is_sent_to_another_branch_and_stays_there(library: Service) -> None:
    body = {"copy_barcode": "30000000000019", "to_branch": "east"}

    sent = await library.post("/v1/transits", body)
    arrived = (await library.bring_back(branch="EAST")).json()
    nowhere = await library.post("/v1/transits", body | {"to_branch": "ATLANTIS"})
    await library.check_out(card_number="STEVE")
    lent = await library.post("/v1/transits", body)

    assert (200, "in_transit", "EAST") == (sent.status_code, sent.json()["status"], sent.json()["branch"])
    assert ("shelf", "unknown-branch", "copy-on-loan") == (
        arrived["next"],
        problem_of(nowhere)["code"],
        problem_of(lent)["code"],
    )


async def test_a_copy_that_is_kept_for_a_hold_is_not_sent_elsewhere(library: Service) -> None:
    await hold(library, "JESSICA")
    await library.bring_back()

    refused = await library.post("/v1/transits", {"copy_barcode": "30000000000019", "to_branch": "EAST"})

    assert (409, ["copy-held-for-other"]) == (refused.status_code, codes_of(refused))


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
