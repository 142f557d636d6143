"""Which copy is pulled for whom: what the desk, the members and other readers see of it."""

from shared.kernel.ids import new_id
from tests.answers import codes_of, problem_of
from tests.loans.api.conftest import Service
from tests.loans.api.holds.pulling import IN_REPAIR, availability, pull_list, shelve, target_of
from tests.loans.api.situations import KIOSK, hold, state_of
from tests.loans.makers import EMMA_COPY, a_copy


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


async def test_the_pull_list_names_the_shelf_mark_that_a_copy_bears_now(library: Service) -> None:
    library.catalogue.shelf_marks["30000000000019"] = "ELI 823.8"
    await hold(library, "JESSICA")
    library.catalogue.shelf_marks["30000000000019"] = "AUS 823.7"
    await library.hear_of()

    decided = await library.post("/v1/loans/decision", {"copy_barcode": "30000000000019", "card_number": "STEVE"})

    (item,) = (await library.get("/v1/holds/pull-list?branch=MAIN")).json()["items"]
    assert (200, "AUS 823.7") == (decided.status_code, item["shelf_mark"])


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
    library.catalogue.shelf_mark_keys = {"QA 8": "1", "QA 76": "2", "QA 100": "3"}  # as books files them
    for number, mark in enumerate(("QA 76", "QA 100", "QA 8")):
        shelve(library, f"C{number}", book_id=new_id())
        library.catalogue.shelf_marks[f"C{number}"] = mark
        await hold(library, "JESSICA", book_id=str(library.catalogue.copies[-1].book_id))

    first = (await library.get("/v1/holds/pull-list?branch=MAIN&limit=2")).json()
    rest = (await library.get(f"/v1/holds/pull-list?branch=MAIN&limit=2&cursor={first['next_cursor']}")).json()

    assert [("C2", "QA 8"), ("C0", "QA 76"), ("C1", "QA 100")] == [
        (item["barcode"], item["shelf_mark"]) for item in first["items"] + rest["items"]
    ]


async def test_the_pull_list_leads_from_location_to_location_in_whichever_each_copy_is_now(library: Service) -> None:
    library.catalogue.copies = []
    library.catalogue.shelf_mark_keys = {"A 1": "1", "B 2": "2", "C 3": "3"}
    for barcode, mark, location in (("C0", "C 3", "ADULTS"), ("C1", "A 1", "KIDS"), ("C2", "B 2", None)):
        shelve(library, barcode, book_id=new_id(), location=location)
        library.catalogue.shelf_marks[barcode] = mark
        await hold(library, "JESSICA", book_id=str(library.catalogue.copies[-1].book_id))

    async def walk() -> list[tuple[str, str | None]]:
        found: list[tuple[str, str | None]] = []
        cursor: str | None = ""
        while cursor is not None:
            page = (await library.get(f"/v1/holds/pull-list?branch=MAIN&limit=1{cursor}")).json()
            found += [(item["barcode"], item["location"]) for item in page["items"]]
            cursor = None if page["next_cursor"] is None else f"&cursor={page['next_cursor']}"
        return found

    first = await walk()
    await library.hear_of("C0", location="STACKS")
    moved = await walk()

    assert [("C2", None), ("C0", "ADULTS"), ("C1", "KIDS")] == first
    assert [("C2", None), ("C1", "KIDS"), ("C0", "STACKS")] == moved


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
